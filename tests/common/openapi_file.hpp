// docs/openapi.yaml as a tree, and the lists of the code that it is compared with.
#pragma once

#include <gmock/gmock.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <cstdint>
#include <set>
#include <string>

#include "lbdrain/api/command_request.hpp"
#include "lbdrain/api/problem.hpp"

namespace lbdrain::api::test {

namespace json = boost::json;
using Names = std::set<std::string>;

constexpr std::array actions{Action::drain,   Action::stop,  Action::start,
                             Action::restart, Action::ready, Action::down};

inline const YAML::Node& spec() {
    static const YAML::Node file = YAML::LoadFile(LBDRAIN_OPENAPI);
    return file;
}

inline YAML::Node schema(const std::string& name) {
    return spec()["components"]["schemas"][name];
}

inline Names names(const YAML::Node& list) {
    Names out;
    for (const auto& each : list) {
        EXPECT_TRUE(out.insert(each.as<std::string>()).second) << each << " twice";
    }
    return out;
}

inline Names keys(const YAML::Node& map) {
    Names out;
    for (const auto& each : map) {
        EXPECT_TRUE(out.insert(each.first.as<std::string>()).second) << each.first << " twice";
    }
    return out;
}

inline Names keys(const json::value& object) {
    Names out;
    for (const auto& member : object.as_object()) {
        out.emplace(member.key().data(), member.key().size());
    }
    return out;
}

// All words of one of the core's enums.
template <class Enum>
Names words() {
    Names out;
    for (int value = 0; to_string(static_cast<Enum>(value)) != "unknown"; ++value) {
        out.emplace(to_string(static_cast<Enum>(value)));
    }
    out.erase("none");  // shown as null
    return out;
}

inline Names problem_codes() {
    Names out;
    for (int value = 0; value < 256; ++value) {
        out.emplace(to_string(static_cast<ProblemCode>(value)));  // beyond the last: "internal"
    }
    return out;
}

inline ProblemCode code_of(const std::string& name) {
    for (int value = 0; value < 256; ++value) {
        if (to_string(static_cast<ProblemCode>(value)) == name) {
            return static_cast<ProblemCode>(value);
        }
    }
    ADD_FAILURE() << "no such code: " << name;
    return ProblemCode::internal;
}

inline std::string capitalised(std::string_view word) {
    std::string out(word);
    out[0] = static_cast<char>(out[0] - 'a' + 'A');
    return out;
}

inline std::string request_schema(Action action) {
    return capitalised(to_string(action)) + "Request";
}

inline YAML::Node operation(Action action) {
    return spec()["paths"]["/v1/services/{service}/servers/{server}/" +
                           std::string(to_string(action))]["post"];
}

// What a $ref names; the node itself if it is none.
inline YAML::Node resolve(const YAML::Node& node) {
    if (!node.IsMap() || !node["$ref"]) {
        return node;
    }
    const auto ref = node["$ref"].as<std::string>();
    EXPECT_TRUE(ref.starts_with("#/")) << ref;
    YAML::Node target = spec();
    for (std::size_t begin = 2; begin < ref.size();) {
        const std::size_t end = std::min(ref.find('/', begin), ref.size());
        target.reset(target[ref.substr(begin, end - begin)]);
        if (!target.IsDefined()) {
            ADD_FAILURE() << ref << " names nothing";
            return YAML::Node();
        }
        begin = end + 1;
    }
    return target;
}

inline void resolve_all(const YAML::Node& node, int& count) {
    if (node.IsMap() && node["$ref"]) {
        resolve(node);
        ++count;
    }
    if (node.IsMap()) {
        for (const auto& each : node) {
            resolve_all(each.second, count);
        }
    } else if (node.IsSequence()) {
        for (const auto& each : node) {
            resolve_all(each, count);
        }
    }
}

// A YAML value as JSON text; the types that examples of requests use.
inline json::value to_value(const YAML::Node& node) {
    if (node.IsMap()) {
        json::object out;
        for (const auto& each : node) {
            out[each.first.as<std::string>()] = to_value(each.second);
        }
        return out;
    }
    if (node.IsSequence()) {
        json::array out;
        for (const auto& each : node) {
            out.push_back(to_value(each));
        }
        return out;
    }
    if (node.IsNull()) {
        return nullptr;
    }
    bool flag = false;
    if (node.Tag() != "!" && YAML::convert<bool>::decode(node, flag)) {
        return flag;
    }
    std::int64_t number = 0;
    if (node.Tag() != "!" && YAML::convert<std::int64_t>::decode(node, number)) {
        return number;
    }
    return json::string(node.as<std::string>());
}

}  // namespace lbdrain::api::test
