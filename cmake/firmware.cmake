# Firmware images: a board links each of its programs for one place in memory.

# otter_firmware(target variant name script sources...): build/VARIANT/NAME.elf, .bin and .map, laid out by a linker
# script, which finds those that it includes beside it. The caller adds the libraries.
function(otter_firmware target variant name script)
  set(folder ${CMAKE_SOURCE_DIR}/build/${variant})
  get_filename_component(scripts ${script} DIRECTORY)
  add_executable(${target} ${ARGN})
  set_target_properties(${target} PROPERTIES
    OUTPUT_NAME ${name}
    RUNTIME_OUTPUT_DIRECTORY ${folder}
    LINK_DEPENDS "${script};${scripts}/sections.ld")
  target_link_options(${target} PRIVATE
    -nostartfiles -specs=nano.specs -T ${script} -L ${scripts}
    -Wl,--gc-sections -Wl,--fatal-warnings -Wl,-Map=${folder}/${name}.map)
  add_custom_command(TARGET ${target} POST_BUILD
    COMMAND ${CMAKE_OBJCOPY} -O binary ${folder}/${name}.elf ${folder}/${name}.bin
    BYPRODUCTS ${folder}/${name}.bin)
endfunction()
