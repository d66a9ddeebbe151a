/*
 * sysfs.c - how many USB devices there are, and their strings, from /sys.
 */
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ccid/sysfs.h"

#define SYSFS_DEVICES "/sys/bus/usb/devices"

/* The first line of a sysfs attribute: control characters become '?', UTF-8 is not cut in a character. */
static void read_attribute(const char *device, const char *attribute, char text[CCID_STRING_MAX + 1])
{
        char path[600], line[4 * CCID_STRING_MAX];
        size_t len, i;
        FILE *file;

        text[0] = '\0';
        (void)snprintf(path, sizeof path, SYSFS_DEVICES "/%s/%s", device, attribute);
        file = fopen(path, "re");
        if (file == NULL)
                return;
        if (fgets(line, sizeof line, file) == NULL)
                line[0] = '\0';
        (void)fclose(file);
        len = strcspn(line, "\n");
        if (len > CCID_STRING_MAX) {
                len = CCID_STRING_MAX;
                while (len > 0 && ((unsigned char)line[len] & 0xC0) == 0x80)
                        len--;
        }
        while (len > 0 && line[len - 1] == ' ')
                len--;
        for (i = 0; i < len; i++)
                text[i] = (unsigned char)line[i] < 0x20 || line[i] == 0x7F ? '?' : line[i];
        text[len] = '\0';
}

static bool attribute_is(const char *device, const char *attribute, unsigned value)
{
        char text[CCID_STRING_MAX + 1];

        read_attribute(device, attribute, text);
        return text[0] != '\0' && strtoul(text, NULL, 10) == value;
}

/* An interface has a colon in its name. */
static bool is_device(const char *name)
{
        return name[0] != '.' && strchr(name, ':') == NULL;
}

size_t sysfs_count_devices(void)
{
        DIR *folder = opendir(SYSFS_DEVICES);
        const struct dirent *entry;
        size_t count = 0;

        if (folder == NULL)
                return 0;
        while ((entry = readdir(folder)) != NULL)
                count += is_device(entry->d_name);
        (void)closedir(folder);
        return count;
}

void sysfs_read_strings(struct ccid_device *info)
{
        DIR *folder = opendir(SYSFS_DEVICES);
        struct dirent *entry;

        if (folder == NULL)
                return;
        while ((entry = readdir(folder)) != NULL) {
                const char *name = entry->d_name;

                if (!is_device(name) || !attribute_is(name, "busnum", info->bus) ||
                    !attribute_is(name, "devnum", info->address))
                        continue;
                read_attribute(name, "manufacturer", info->manufacturer);
                read_attribute(name, "product", info->product);
                read_attribute(name, "serial", info->serial);
                break;
        }
        (void)closedir(folder);
}
