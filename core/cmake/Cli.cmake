# Target vram_cli: the command line, with its completion scripts built in and its manual page beside it.
# SPDX-License-Identifier: MIT

set(vram_completions "${CMAKE_CURRENT_SOURCE_DIR}/cli/completions")
file(READ "${vram_completions}/vram-calculator.bash" vram_completion_bash)
file(READ "${vram_completions}/_vram-calculator" vram_completion_zsh)
file(READ "${vram_completions}/vram-calculator.fish" vram_completion_fish)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS
  "${vram_completions}/vram-calculator.bash" "${vram_completions}/_vram-calculator" "${vram_completions}/vram-calculator.fish")
configure_file(cli/completions.h.in "${CMAKE_CURRENT_BINARY_DIR}/cli/completions.h" @ONLY)
configure_file(cli/vram-calculator.1.in "${CMAKE_CURRENT_BINARY_DIR}/vram-calculator.1" @ONLY)

add_executable(vram_cli cli/answer_tables.cpp cli/main.cpp cli/model_file.cpp cli/table.cpp)
set_target_properties(vram_cli PROPERTIES
  OUTPUT_NAME vram-calculator
  RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin"
  CXX_EXTENSIONS OFF)
target_include_directories(vram_cli PRIVATE "${CMAKE_CURRENT_BINARY_DIR}/cli")
target_link_libraries(vram_cli PRIVATE vram::core vram_build_flags vram_nlohmann_json)
target_compile_definitions(vram_cli PRIVATE JSON_NOEXCEPTION)
