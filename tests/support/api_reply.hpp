// What a drain API answered, taken apart for tests. Pure functions.
#pragma once

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <string>
#include <vector>

#include "http_exchange.hpp"

namespace lbdrain::test {

// The object in a reply's body; empty if there is none.
boost::json::object object_in(const HttpResponse& response);
// The `code` of a problem+json reply; else what came instead.
std::string code_of(const HttpResponse& response);
// A text member of a JSON object, empty if it is null or missing.
std::string text_of(const boost::json::object& object, const std::string& name);
// The lines of an NDJSON body.
std::vector<boost::json::object> lines_of(const std::string& body);

// HTTP status, and all of the reply if it is another.
testing::AssertionResult has_status(const HttpResponse& response, int status);

}  // namespace lbdrain::test
