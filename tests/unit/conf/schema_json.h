/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tables of the schema walker as JSON Schema (2020-12), for editors and other people's tools.
 * The hub judges with the tables; the files in config/schema say the same and are made from them.
 */
#ifndef TEST_SCHEMA_JSON_H
#define TEST_SCHEMA_JSON_H

#include <jansson.h>

#include "base/schema.h"

/* A whole document; the caller drops the reference. */
json_t *schema_json(const struct vk_schema *schema, const char *title);

/* {"kinds":[…],"quantities":[…],"units":[…],"absent":[…],"flags":[…]}: the public names. */
json_t *names_json(void);

#endif
