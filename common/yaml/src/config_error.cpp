#include "lbdrain/yaml/config_error.hpp"

namespace lbdrain::yaml {

std::string to_string(const ConfigError& error) {
    std::string text = error.file;
    if (error.line > 0) {
        text += ':' + std::to_string(error.line) + ':' + std::to_string(error.column);
    }
    return text + ": " + error.message;
}

std::string to_string(const std::vector<ConfigError>& errors) {
    std::string text;
    for (const ConfigError& error : errors) {
        text += to_string(error) + '\n';
    }
    return text;
}

}  // namespace lbdrain::yaml
