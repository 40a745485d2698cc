# Rooms and arrows. A target finds a header as "room/header.h" only if it may include that room: each arrow is a
# folder in the build tree that holds one link, so that what isn't on an arrow isn't there to be found.

# otter_may_include(target PUBLIC|PRIVATE path...): a room ("core") or one header of it ("boards/board.h").
function(otter_may_include target scope)
  foreach(path ${ARGN})
    string(MAKE_C_IDENTIFIER ${path} arrow)
    set(link ${CMAKE_BINARY_DIR}/rooms/${arrow}/${path})
    if(NOT EXISTS ${link})
      get_filename_component(folder ${link} DIRECTORY)
      file(MAKE_DIRECTORY ${folder})
      file(CREATE_LINK ${CMAKE_SOURCE_DIR}/${path} ${link} SYMBOLIC)
    endif()
    target_include_directories(${target} ${scope} ${CMAKE_BINARY_DIR}/rooms/${arrow})
  endforeach()
endfunction()

# otter_variant(name options...): what the portable rooms are compiled with, for one CPU.
function(otter_variant name)
  add_library(options-${name} INTERFACE)
  target_compile_options(options-${name} INTERFACE
    -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Werror ${ARGN})
endfunction()

# otter_library(room variant sources...): the room's library for that variant, "room-variant".
function(otter_library room variant)
  add_library(${room}-${variant} STATIC ${ARGN})
  target_link_libraries(${room}-${variant} PUBLIC options-${variant})
  otter_may_include(${room}-${variant} PUBLIC ${room})
endfunction()
