# Target vram_nlohmann_json: the headers of nlohmann/json from the system, in an include directory of their own.
# SPDX-License-Identifier: MIT

find_path(VRAM_NLOHMANN_JSON_DIR nlohmann/json.hpp
  PATHS /usr/include /usr/local/include /opt/homebrew/include
  NO_CMAKE_FIND_ROOT_PATH)  # Emscripten's root holds no such package; the headers are the same for every target
if(NOT VRAM_NLOHMANN_JSON_DIR)
  message(FATAL_ERROR
    "nlohmann/json.hpp was not found. Install it (Debian and Ubuntu: nlohmann-json3-dev, Fedora: json-devel, "
    "Homebrew: nlohmann-json) or say where it is: -DVRAM_NLOHMANN_JSON_DIR=<the folder that holds nlohmann/>.")
endif()

# A link to the one folder: with all of /usr/include on its path, Emscripten would meet the host's C library.
set(vram_json_include "${PROJECT_BINARY_DIR}/third_party")
file(MAKE_DIRECTORY "${vram_json_include}")
file(CREATE_LINK "${VRAM_NLOHMANN_JSON_DIR}/nlohmann" "${vram_json_include}/nlohmann" SYMBOLIC COPY_ON_ERROR)

add_library(vram_nlohmann_json INTERFACE)
target_include_directories(vram_nlohmann_json SYSTEM INTERFACE "${vram_json_include}")
