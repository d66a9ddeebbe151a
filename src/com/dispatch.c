#include <stddef.h>
#include <string.h>

#include "com/dispatch.h"

HRESULT dispatch_type_info_count(UINT *count)
{
        if (count == NULL)
                return E_POINTER;
        *count = 0;
        return S_OK;
}

HRESULT dispatch_type_info(ITypeInfo **info)
{
        if (info == NULL)
                return E_POINTER;
        *info = NULL;
        return DISP_E_BADINDEX;
}

HRESULT dispatch_ids_of_names(UINT names_len, DISPID *ids)
{
        for (UINT i = 0; ids != NULL && i < names_len; i++)
                ids[i] = DISPID_UNKNOWN;
        return E_NOTIMPL;
}

HRESULT dispatch_invoke(VARIANT *result)
{
        if (result != NULL)
                memset(result, 0, sizeof(*result)); /* VT_EMPTY is 0 */
        return E_NOTIMPL;
}
