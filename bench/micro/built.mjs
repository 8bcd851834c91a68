// Loads modules of the build that is measured: the folder named on the command line, else `dist`.

import { resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const folder = process.argv[2] ?? fileURLToPath(new URL('../../dist', import.meta.url))

/** A module of the build, by its path in it. */
export const built = (path) => import(pathToFileURL(resolve(folder, path)).href)
