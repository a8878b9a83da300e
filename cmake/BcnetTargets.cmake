# Language, warnings and the two helpers that every folder of src/ uses.

set(CMAKE_CXX_STANDARD 17)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin")
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/lib")

# From the folder of the program to that of its modules, in the build tree as when installed.
file(RELATIVE_PATH BCNET_MODULES_FROM_PROGRAM
  "/${CMAKE_INSTALL_BINDIR}" "/${CMAKE_INSTALL_LIBDIR}/bcnet")
set(BCNET_MODULE_OUTPUT_DIRECTORY "${CMAKE_RUNTIME_OUTPUT_DIRECTORY}/${BCNET_MODULES_FROM_PROGRAM}")

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()

find_program(BCNET_CCACHE ccache)
if(BCNET_CCACHE)
  # Precompiled headers hit the cache only with these checks relaxed. Paths are taken relative to
  # the source tree, so that another clone of it finds what this one compiled.
  set(CMAKE_CXX_COMPILER_LAUNCHER
      "${CMAKE_COMMAND};-E;env;CCACHE_BASEDIR=${PROJECT_SOURCE_DIR};CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime;${BCNET_CCACHE}")
endif()

# What is linked and not called is left out: the library for applications and the modules take a few
# functions of files that are compiled together.
add_compile_options(-ffunction-sections -fdata-sections)
add_link_options(-Wl,--gc-sections)

add_library(bcnet_warnings INTERFACE)
add_library(bcnet::warnings ALIAS bcnet_warnings)
target_compile_options(bcnet_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual
  $<$<BOOL:${BCNET_WERROR}>:-Werror>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # -fpch-preprocess lets ccache see through a precompiled header.
  target_compile_options(bcnet_warnings INTERFACE -fpch-preprocess)
endif()
if(BCNET_SANITIZE)
  add_compile_options(-fsanitize=${BCNET_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${BCNET_SANITIZE})
  # GCC 12 sees uninitialised members in its own std::regex once it is instrumented.
  target_compile_options(bcnet_warnings INTERFACE -Wno-maybe-uninitialized)
endif()

# Flags of TEXT targets: -O1 compiles in half of -O3's time, and what they do waits for files, not for
# the CPU. With the checks of a sanitizer even -O1 takes nine minutes for Boost.Beast alone.
if(BCNET_SANITIZE)
  set(BCNET_TEXT_FLAGS -O0)
else()
  set(BCNET_TEXT_FLAGS $<$<CONFIG:Release>:-O1>)
endif()

# bcnet_library(NAME SOURCES ... [PUBLIC deps...] [PRIVATE deps...] [TORCH | TEXT])
# makes the static target bcnet_NAME with the alias bcnet::NAME. What it may include is
# what it links: the folder order of src/README.md is kept here, not by habit. TEXT: it reads, writes
# and prints; what is done to each pixel of many pictures is done by others.
function(bcnet_library name)
  cmake_parse_arguments(ARG "TORCH;TEXT" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  add_library(bcnet_${name} STATIC ${ARG_SOURCES})
  add_library(bcnet::${name} ALIAS bcnet_${name})
  target_include_directories(bcnet_${name} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/src>
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>)
  target_link_libraries(bcnet_${name}
    PUBLIC ${ARG_PUBLIC}
    PRIVATE ${ARG_PRIVATE} $<BUILD_INTERFACE:bcnet::warnings>)
  bcnet_record(${name} "${ARG_SOURCES}" "${ARG_PUBLIC}" "${ARG_PRIVATE}")
  if(ARG_TORCH)
    bcnet_use_torch(bcnet_${name})
  endif()
  if(ARG_TEXT)
    target_compile_options(bcnet_${name} PRIVATE ${BCNET_TEXT_FLAGS})
  endif()
  # Most of a file's seconds are headers (ten of LibTorch's, precompiled as they are): several files
  # at a time pay them once.
  if(BCNET_UNITY)
    set_target_properties(bcnet_${name} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
    if(ARG_TEXT)
      bcnet_use_headers(bcnet_${name} bcnet_text_headers)
    elseif(NOT ARG_TORCH)
      bcnet_use_headers(bcnet_${name} bcnet_headers)
    endif()
  endif()
endfunction()

# bcnet_record(NAME sources public private) keeps what a target's files may include:
# tests/docs/includes_test.cpp reads it.
function(bcnet_record name sources public private)
  file(RELATIVE_PATH folder "${PROJECT_SOURCE_DIR}/src" "${CMAKE_CURRENT_SOURCE_DIR}")
  set(record "${name}|${folder}|${sources}|${public}|${private}")
  string(REPLACE ";" " " record "${record}")
  set_property(GLOBAL APPEND PROPERTY BCNET_LIBRARIES "${record}")
endfunction()

# bcnet_module(NAME SOURCE file LINK libraries... [COMPONENT component] [ALL_LINKED]) makes
# bcnet-NAME.so, a part of the program that is loaded at need (src/core/module.h), as the target
# bcnet_NAME_module. It shows the functions that its file declares visible, and nothing of what it
# links. ALL_LINKED: libraries that nothing calls are loaded too, as LibTorch's for CUDA has to be.
function(bcnet_module name)
  cmake_parse_arguments(ARG "ALL_LINKED" "SOURCE;COMPONENT" "LINK" ${ARGN})
  if(NOT ARG_COMPONENT)
    set(ARG_COMPONENT runtime)
  endif()
  set(target bcnet_${name}_module)
  add_library(${target} MODULE ${ARG_SOURCE})
  set_target_properties(${target} PROPERTIES
    PREFIX "" OUTPUT_NAME bcnet-${name} SUFFIX .so
    LIBRARY_OUTPUT_DIRECTORY "${BCNET_MODULE_OUTPUT_DIRECTORY}"
    LINK_FLAGS "-Wl,--exclude-libs,ALL")
  if(NOT ARG_ALL_LINKED)
    set_property(TARGET ${target} APPEND_STRING PROPERTY LINK_FLAGS " -Wl,--as-needed")
  endif()
  target_link_libraries(${target} PRIVATE ${ARG_LINK} bcnet::warnings)
  bcnet_record(${name}_module "${ARG_SOURCE}" "" "${ARG_LINK}")
  install(TARGETS ${target}
    LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}/bcnet" COMPONENT ${ARG_COMPONENT})
endfunction()

# bcnet_precompile(NAME [FLAGS flags...] HEADERS ... LINK ...) makes NAME, whose precompiled headers targets
# of the same flags share by bcnet_use_headers.
function(bcnet_precompile name)
  cmake_parse_arguments(ARG "" "" "FLAGS;HEADERS;LINK" ${ARGN})
  file(CONFIGURE OUTPUT "${PROJECT_BINARY_DIR}/${name}.cpp" CONTENT "")
  add_library(${name} OBJECT "${PROJECT_BINARY_DIR}/${name}.cpp")
  target_link_libraries(${name} PRIVATE ${ARG_LINK} bcnet::warnings)
  target_compile_options(${name} PRIVATE ${ARG_FLAGS})
  target_precompile_headers(${name} PRIVATE ${ARG_HEADERS})
endfunction()

# What the headers need to be found as they were compiled, and nothing to link.
function(bcnet_use_headers target headers)
  target_precompile_headers(${target} REUSE_FROM ${headers})
  target_include_directories(${target} SYSTEM PRIVATE $<TARGET_PROPERTY:${headers},INCLUDE_DIRECTORIES>)
  target_compile_definitions(${target} PRIVATE $<TARGET_PROPERTY:${headers},COMPILE_DEFINITIONS>)
  # They are compiled with -fPIC; a program's own -fPIE would make them unusable.
  target_compile_options(${target} PRIVATE -fPIC)
endfunction()

# Links LibTorch and shares the one precompiled header of torch/torch.h.
function(bcnet_use_torch target)
  target_link_libraries(${target} PUBLIC bcnet::torch)
  bcnet_use_headers(${target} bcnet_torch_headers)
endfunction()
