// What is wrong with a configuration file, and where.
#pragma once

#include <string>
#include <vector>

namespace lbdrain::yaml {

// Lines and columns count from 1; line 0: the file as a whole. A column counts bytes.
struct ConfigError {
    std::string file;
    int line = 0;
    int column = 0;
    std::string message;  // what is wrong and what was expected, one line

    friend bool operator==(const ConfigError&, const ConfigError&) = default;
};

// "agent.yaml:12:7: ..."; "agent.yaml: ..." for the file as a whole.
std::string to_string(const ConfigError& error);

// One error a line, each with its newline.
std::string to_string(const std::vector<ConfigError>& errors);

}  // namespace lbdrain::yaml
