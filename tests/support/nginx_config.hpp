// What a test says about its nginx, and the nginx.conf made from it. Plain values.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace lbdrain::test {

struct NginxOptions {
    std::string http = {};  // body of http {}; the base lines are added
    int workers = 2;
    std::vector<std::string> modules = {};  // load_module paths
    std::string main = {};                  // more lines at the top level
    std::string log_level = "info";
    std::map<std::string, std::string> env = {};  // environment of the first start
    std::string binary = {};                      // empty: $LBDRAIN_NGINX, else /usr/sbin/nginx
};

// All paths in it are relative to the prefix directory.
std::string nginx_conf(const NginxOptions& options, const std::string& log_file = "error.log");

std::string nginx_binary(const NginxOptions& options);

// Environment for an nginx that loads a module built with sanitizers: preloads their runtimes and
// sends their reports to sanitizer.* in the directory. Empty in an ordinary build.
std::map<std::string, std::string> sanitizer_env(const std::string& directory);

}  // namespace lbdrain::test
