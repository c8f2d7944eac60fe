# NGINX_INCLUDE_DIRS: the headers of the NGINX that the module is built for.
#
# With -DNGINX_BUILD_DIR=<objs> those of any configured NGINX tree (-DNGINX_SOURCE_DIR= when the
# objects do not stand in the source tree). Else Debian's nginx-dev: it ships no
# ngx_auto_config.h, so its configure is run once with the packaged flags; that takes seconds,
# compiles no NGINX and writes only below the build directory.
if(NGINX_BUILD_DIR)
  set(objs ${NGINX_BUILD_DIR})
  if(NOT NGINX_SOURCE_DIR)
    get_filename_component(NGINX_SOURCE_DIR ${NGINX_BUILD_DIR} DIRECTORY)
  endif()
else()
  set(NGINX_SOURCE_DIR /usr/share/nginx/src)
  set(objs ${CMAKE_BINARY_DIR}/nginx-headers)
  if(NOT EXISTS ${NGINX_SOURCE_DIR}/conf_flags)
    message(FATAL_ERROR "Debian's nginx-dev is not installed; install it or give -DNGINX_BUILD_DIR=")
  endif()
  if(NOT EXISTS ${objs}/ngx_auto_config.h)
    message(STATUS "Generating the NGINX headers with the flags of nginx-dev")
    execute_process(
      COMMAND bash -c "source ./conf_flags && \
        CFLAGS= ./configure \"\${NGX_CONF_FLAGS[@]}\" --builddir='${objs}'"
      WORKING_DIRECTORY ${NGINX_SOURCE_DIR}
      OUTPUT_FILE ${CMAKE_BINARY_DIR}/nginx-headers.log
      ERROR_FILE ${CMAKE_BINARY_DIR}/nginx-headers.log
      RESULT_VARIABLE failed)
    if(failed)
      file(REMOVE ${objs}/ngx_auto_config.h)
      message(FATAL_ERROR "NGINX's configure failed: see ${CMAKE_BINARY_DIR}/nginx-headers.log")
    endif()
  endif()
endif()
if(NOT EXISTS ${objs}/ngx_auto_config.h)
  message(FATAL_ERROR "${objs} holds no ngx_auto_config.h: it is no configured NGINX tree")
endif()

set(NGINX_INCLUDE_DIRS ${objs})
foreach(part core event event/modules event/quic os/unix http http/modules http/v2 http/v3)
  if(EXISTS ${NGINX_SOURCE_DIR}/src/${part})
    list(APPEND NGINX_INCLUDE_DIRS ${NGINX_SOURCE_DIR}/src/${part})
  endif()
endforeach()
# Known to the tests' directory too.
set(NGINX_INCLUDE_DIRS ${NGINX_INCLUDE_DIRS} CACHE INTERNAL "")
