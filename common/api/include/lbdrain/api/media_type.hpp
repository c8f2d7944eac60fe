// The media types of the drain API's answers.
#pragma once

#include <string_view>

namespace lbdrain::api {

inline constexpr std::string_view json_media_type = "application/json";
inline constexpr std::string_view ndjson_media_type = "application/x-ndjson";
inline constexpr std::string_view problem_media_type = "application/problem+json";
inline constexpr std::string_view metrics_media_type = "text/plain; version=0.0.4";

}  // namespace lbdrain::api
