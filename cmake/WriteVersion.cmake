# Run at build time: writes version.cpp when version or commit changed. COMMIT stands in where
# SOURCE_DIR is in no git repository.
execute_process(COMMAND git describe --always --dirty --abbrev=12 --exclude=*
  WORKING_DIRECTORY "${SOURCE_DIR}" OUTPUT_VARIABLE BCNET_COMMIT
  OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE result)
if(NOT result EQUAL 0)
  set(BCNET_COMMIT "${COMMIT}")
  if(BCNET_COMMIT STREQUAL "")
    set(BCNET_COMMIT "unknown")
  endif()
endif()
configure_file("${SOURCE_DIR}/src/core/version.cpp.in" "${OUTPUT}" @ONLY)
