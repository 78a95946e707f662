# Finds Emscripten through the emcc on PATH (an emsdk or a distribution's package) and hands over to its toolchain file.
# SPDX-License-Identifier: MIT

find_program(VRAM_EMCC emcc NO_CMAKE_FIND_ROOT_PATH)
if(NOT VRAM_EMCC)
  message(FATAL_ERROR "emcc is not on PATH. Run scripts/setup.sh, or activate an emsdk.")
endif()
file(REAL_PATH "${VRAM_EMCC}" vram_emcc_file)  # packages put a link on PATH
cmake_path(GET vram_emcc_file PARENT_PATH vram_emscripten_root)
include("${vram_emscripten_root}/cmake/Modules/Platform/Emscripten.cmake")

# Debian's optimiser asks Node for the acorn package, and a Node that is not Debian's does not look where Debian keeps it.
if(EXISTS /usr/share/nodejs/acorn)
  set(CMAKE_CXX_LINKER_LAUNCHER "${CMAKE_COMMAND};-E;env;NODE_PATH=/usr/share/nodejs")
endif()

# Emscripten's file prefers `nodejs`, the distribution's and perhaps an older one; the Node on PATH runs the tests.
find_program(VRAM_NODE node NO_CMAKE_FIND_ROOT_PATH REQUIRED)
set(CMAKE_CROSSCOMPILING_EMULATOR "${VRAM_NODE}")
if(EMSCRIPTEN_VERSION VERSION_LESS 3.1.16)
  list(APPEND CMAKE_CROSSCOMPILING_EMULATOR
    --no-experimental-fetch)  # where fetch exists, the old glue fetches the file's path as if it were a URL
endif()

# Speed first: a planner asks a million times a second. Debian's 3.1.6, training estimates per second on a busy machine and
# the module after gzip: -O2 3.9 M, 221 kB; -Os 0.45 M, 179 kB; -Oz 0.25 M, 178 kB. Below -O2 the emitted program is also
# linked with a C library that copies memory byte by byte, so a smaller link alone (-O2, then -Oz) falls to 0.37 M.
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -flto -DNDEBUG" CACHE STRING "Optimisation of the WebAssembly release build")
