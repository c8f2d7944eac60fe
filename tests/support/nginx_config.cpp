#include "nginx_config.hpp"

#include <unistd.h>

#include <cstdlib>

namespace lbdrain::test {

std::string nginx_conf(const NginxOptions& options, const std::string& log_file) {
    std::string text;
    if (::geteuid() == 0) {
        text += "user root;\n";  // the prefix directory is 0700
    }
    for (const auto& module : options.modules) {
        text += "load_module " + module + ";\n";
    }
    text += "worker_processes " + std::to_string(options.workers) + ";\n";
    text += "pid nginx.pid;\n";
    text += "error_log " + log_file + " " + options.log_level + ";\n";
    // A binary upgrade passes on only what is named here.
    for (const auto& [name, value] : sanitizer_env("")) {
        text += "env " + name + ";\n";
    }
    text += options.main;
    text += "\nevents { worker_connections 4096; }\n";
    text += "http {\n    access_log off;\n";
    for (const auto* kind : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"}) {
        text += "    " + std::string(kind) + "_temp_path temp_" + kind + ";\n";
    }
    text += options.http;
    text += "\n}\n";
    return text;
}

std::string nginx_binary(const NginxOptions& options) {
    if (!options.binary.empty()) {
        return options.binary;
    }
    const char* chosen = std::getenv("LBDRAIN_NGINX");
    return chosen != nullptr ? chosen : "/usr/sbin/nginx";
}

std::map<std::string, std::string> sanitizer_env([[maybe_unused]] const std::string& directory) {
#ifdef LBDRAIN_SANITIZE_MODULE
    const auto report = directory + "/sanitizer";
    return {{"LD_PRELOAD", LBDRAIN_SANITIZE_PRELOAD},
            // nginx frees nothing at exit: its leaks are not ours to judge.
            {"ASAN_OPTIONS", "detect_leaks=0:log_path=" + report},
            {"UBSAN_OPTIONS", "print_stacktrace=1:log_path=" + report}};
#else
    return {};
#endif
}

}  // namespace lbdrain::test
