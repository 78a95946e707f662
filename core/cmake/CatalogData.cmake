# Generates the C++ tables of models, accelerators and convolutional networks from core/data, with Node.
# SPDX-License-Identifier: MIT

find_program(VRAM_NODE NAMES node nodejs NO_CMAKE_FIND_ROOT_PATH REQUIRED
             DOC "Node.js, which turns core/data into C++ at build time")
set(vram_data "${CMAKE_CURRENT_SOURCE_DIR}/data")
set(vram_scripts "${CMAKE_CURRENT_SOURCE_DIR}/../scripts")
set(vram_catalog_source "${CMAKE_CURRENT_BINARY_DIR}/generated/catalog_data.cpp")
set(vram_cnn_source "${CMAKE_CURRENT_BINARY_DIR}/generated/cnn_data.cpp")
file(MAKE_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}/generated")

add_custom_command(
  OUTPUT "${vram_catalog_source}"
  COMMAND "${VRAM_NODE}" "${vram_scripts}/embed-catalog.mjs" "${vram_data}/models.json" "${vram_data}/gpus.json"
          "${vram_catalog_source}"
  DEPENDS "${vram_scripts}/embed-catalog.mjs" "${vram_scripts}/usable-memory.mjs"
          "${vram_data}/models.json" "${vram_data}/gpus.json"
  COMMENT "Embedding the catalog"
  VERBATIM)
add_custom_command(
  OUTPUT "${vram_cnn_source}"
  COMMAND "${VRAM_NODE}" "${vram_scripts}/embed-cnn.mjs" "${vram_data}/cnn.json" "${vram_cnn_source}"
  DEPENDS "${vram_scripts}/embed-cnn.mjs" "${vram_scripts}/cnn-stage.mjs" "${vram_data}/cnn.json"
  COMMENT "Embedding the convolutional networks"
  VERBATIM)
target_include_directories(vram_core PRIVATE src)  # the generated tables
set_source_files_properties("${vram_catalog_source}" PROPERTIES COMPILE_OPTIONS -Wno-overlength-strings)
target_sources(vram_core PRIVATE "${vram_catalog_source}" "${vram_cnn_source}"
  src/cnn.cpp src/cnn_blocks.cpp src/cnn_builder.cpp src/cnn_yolo.cpp)
