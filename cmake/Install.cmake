# `cmake --install`: the program, the library for applications with its headers, CMake package and
# pkg-config file, the models. Components: runtime, dev, models; the Python module is one too, for
# its wheel alone.
include(CMakePackageConfigHelpers)

set(BCNET_INSTALL_CMAKE "${CMAKE_INSTALL_LIBDIR}/cmake/bcnet")
set(BCNET_INSTALL_MODELS "${CMAKE_INSTALL_DATADIR}/bcnet/models")

# The installed files find OpenVINO, and a LibTorch that is not the system's, where the build
# found them. OpenVINO is named, because CMake leaves out what lies inside the source tree.
set(runs_models bcnet bcnet_segmenter bcnet_serve_module)
if(BCNET_TRAIN)
  list(APPEND runs_models bcnet_train_module)
endif()
set_target_properties(${runs_models} PROPERTIES
  INSTALL_RPATH "$<TARGET_FILE_DIR:openvino::runtime>"
  INSTALL_RPATH_USE_LINK_PATH TRUE)

# Or they carry of OpenVINO what runs these models, in a folder of their own.
if(BCNET_CARRY_OPENVINO)
  get_target_property(openvino_library openvino::runtime IMPORTED_LOCATION_RELEASE)
  get_filename_component(openvino_folder "${openvino_library}" DIRECTORY)
  file(GLOB carried CONFIGURE_DEPENDS
    "${openvino_folder}/libopenvino.so.*"
    "${openvino_folder}/libopenvino_*_cpu_plugin.so"  # intel, arm
    "${openvino_folder}/libopenvino_ir_frontend.so.*"    # reads compiled models
    "${openvino_folder}/libopenvino_onnx_frontend.so.*"
    "${openvino_folder}/libtbb.so.*")
  install(FILES ${carried} DESTINATION "${CMAKE_INSTALL_LIBDIR}/bcnet" COMPONENT runtime)
  set_target_properties(${runs_models} PROPERTIES INSTALL_RPATH_USE_LINK_PATH FALSE)
  set_target_properties(bcnet PROPERTIES INSTALL_RPATH "$ORIGIN/${BCNET_MODULES_FROM_PROGRAM}")
  set_target_properties(bcnet_segmenter PROPERTIES INSTALL_RPATH "$ORIGIN/bcnet")
  set_target_properties(bcnet_serve_module PROPERTIES INSTALL_RPATH "$ORIGIN")
endif()

install(TARGETS bcnet RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT runtime)
install(TARGETS bcnet_segmenter EXPORT bcnetTargets
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT runtime NAMELINK_COMPONENT dev)
install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/bcnet"
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT dev)
install(DIRECTORY "${PROJECT_SOURCE_DIR}/models/"
  DESTINATION ${BCNET_INSTALL_MODELS} COMPONENT models OPTIONAL)

if(BCNET_WEB)
  install(DIRECTORY "${PROJECT_BINARY_DIR}/share/bcnet/web"
    DESTINATION "${CMAKE_INSTALL_DATADIR}/bcnet" COMPONENT runtime)
endif()

install(EXPORT bcnetTargets NAMESPACE bcnet:: DESTINATION ${BCNET_INSTALL_CMAKE} COMPONENT dev)
configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/bcnetConfig.cmake.in"
  "${PROJECT_BINARY_DIR}/bcnetConfig.cmake"
  INSTALL_DESTINATION ${BCNET_INSTALL_CMAKE}
  PATH_VARS BCNET_INSTALL_MODELS)
write_basic_package_version_file("${PROJECT_BINARY_DIR}/bcnetConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES
  "${PROJECT_BINARY_DIR}/bcnetConfig.cmake"
  "${PROJECT_BINARY_DIR}/bcnetConfigVersion.cmake"
  DESTINATION ${BCNET_INSTALL_CMAKE} COMPONENT dev)

# Relative to its own place: the installed tree may be moved.
set(BCNET_INSTALL_PKGCONFIG "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
file(RELATIVE_PATH BCNET_PREFIX_FROM_PKGCONFIG "/prefix/${BCNET_INSTALL_PKGCONFIG}" "/prefix")
string(REGEX REPLACE "/$" "" BCNET_PREFIX_FROM_PKGCONFIG "${BCNET_PREFIX_FROM_PKGCONFIG}")
configure_file("${PROJECT_SOURCE_DIR}/cmake/bcnet.pc.in" "${PROJECT_BINARY_DIR}/bcnet.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/bcnet.pc"
  DESTINATION ${BCNET_INSTALL_PKGCONFIG} COMPONENT dev)
