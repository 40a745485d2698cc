# Firmware images: a board links each of its programs for one place in memory.

# otter_firmware(target variant name script sources...): build/VARIANT/NAME.elf, .bin and .map, laid out by a linker
# script of the calling board's folder. The caller adds the libraries.
function(otter_firmware target variant name script)
  set(folder ${CMAKE_SOURCE_DIR}/build/${variant})
  add_executable(${target} ${ARGN})
  set_target_properties(${target} PROPERTIES
    OUTPUT_NAME ${name}
    RUNTIME_OUTPUT_DIRECTORY ${folder}
    LINK_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/${script};${CMAKE_CURRENT_SOURCE_DIR}/sections.ld")
  target_link_options(${target} PRIVATE
    -nostartfiles -specs=nano.specs -T ${script} -L ${CMAKE_CURRENT_SOURCE_DIR}
    -Wl,--gc-sections -Wl,--fatal-warnings -Wl,-Map=${folder}/${name}.map)
  add_custom_command(TARGET ${target} POST_BUILD
    COMMAND ${CMAKE_OBJCOPY} -O binary ${folder}/${name}.elf ${folder}/${name}.bin
    BYPRODUCTS ${folder}/${name}.bin)
endfunction()
