#include "config/state_dir.hpp"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>

namespace lbdrain::ctl {
namespace {

std::string path_in(const char* variable) {
    const char* value = std::getenv(variable);  // NOLINT(concurrency-mt-unsafe): nobody sets any
    return value != nullptr && *value == '/' ? value : "";
}

std::string chosen(const CtlConfig& config) {
    if (!config.state_dir.empty()) {
        return config.state_dir;
    }
    if (const std::string path = path_in("LBDRAIN_STATE_DIR"); !path.empty()) {
        return path;
    }
    if (::geteuid() == 0) {
        return "/var/lib/lbdrain/drainctl";
    }
    if (const std::string state = path_in("XDG_STATE_HOME"); !state.empty()) {
        return state + "/lbdrain/drainctl";
    }
    const std::string home = path_in("HOME");
    return home.empty() ? "" : home + "/.local/state/lbdrain/drainctl";
}

}  // namespace

std::expected<std::string, std::string> state_dir(const CtlConfig& config) {
    const std::filesystem::path path = chosen(config);
    if (path.empty()) {
        return std::unexpected("no place for locks and journals: set state_dir or HOME");
    }
    std::error_code error;
    std::filesystem::create_directories(path.parent_path(), error);
    if (error) {
        return std::unexpected("cannot make " + path.parent_path().string() +
                               ", where locks and journals are kept: " + error.message() +
                               "; set state_dir in drainctl.yaml");
    }
    return path.string();
}

}  // namespace lbdrain::ctl
