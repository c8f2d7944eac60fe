#include "api_reply.hpp"

#include <sstream>

namespace lbdrain::test {

boost::json::object object_in(const HttpResponse& response) {
    boost::json::error_code error;
    const auto value = boost::json::parse(response.body, error);
    return error || !value.is_object() ? boost::json::object{} : value.as_object();
}

std::string code_of(const HttpResponse& response) {
    const auto code = text_of(object_in(response), "code");
    return code.empty() ? std::to_string(response.status) + " " + response.error + response.body
                        : code;
}

std::string text_of(const boost::json::object& object, const std::string& name) {
    const auto* value = object.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

std::vector<boost::json::object> lines_of(const std::string& body) {
    std::vector<boost::json::object> lines;
    std::istringstream in(body);
    for (std::string line; std::getline(in, line);) {
        lines.push_back(boost::json::parse(line).as_object());
    }
    return lines;
}

testing::AssertionResult has_status(const HttpResponse& response, int status) {
    if (response.status == status && response.whole) {
        return testing::AssertionSuccess();
    }
    return testing::AssertionFailure() << "status " << response.status << " instead of " << status
                                       << " " << response.error << "\n"
                                       << response.body;
}

}  // namespace lbdrain::test
