// Copyright: Contributors to the cloudpki.aws project
// GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// Prints what the Trino grammar of dt-sql-parser refuses: node trino_grammar.mjs PACKAGE FILE ...
// JSON: for each file, a list of messages.

import { readFileSync } from 'node:fs';
import { register } from 'node:module';
import { pathToFileURL } from 'node:url';

// The package is made for bundlers, which find files without their whole names.
const hooks = `export async function resolve(name, context, next) {
  for (const end of ['', '.js', '/index.js']) {
    try {
      return await next(name + end, context);
    } catch (error) {
      if (!['ERR_MODULE_NOT_FOUND', 'ERR_UNSUPPORTED_DIR_IMPORT'].includes(error.code)) throw error;
    }
  }
  return next(name, context);
}`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`);

const [folder, ...files] = process.argv.slice(2);
const { TrinoSQL } = await import(pathToFileURL(`${folder}/dist/parser/trino/index.js`));
const parser = new TrinoSQL();
const found = {};
for (const file of files) {
  found[file] = parser.validate(readFileSync(file, 'utf8')).map((error) => `line ${error.startLine}: ${error.message}`);
}
console.log(JSON.stringify(found));
