/* SPDX-License-Identifier: Apache-2.0 */
/* What cmocka wants before itself, in its order. */
#ifndef VAKA_TESTS_CMOCKA_ALL_H
#define VAKA_TESTS_CMOCKA_ALL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif
