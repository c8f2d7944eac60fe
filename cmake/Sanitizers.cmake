if(LBDRAIN_SANITIZE)
  add_compile_options(-fsanitize=${LBDRAIN_SANITIZE} -fno-omit-frame-pointer
                      -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${LBDRAIN_SANITIZE})
endif()
