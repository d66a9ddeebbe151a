/*
 * heap.h - how many blocks of the heap are in use. The linker leads the allocating functions of the library
 * here (matrix.mk).
 */
#ifndef ISCARD_TESTS_MATRIX_HEAP_H
#define ISCARD_TESTS_MATRIX_HEAP_H

long heap_blocks(void);

#endif
