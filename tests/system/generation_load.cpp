#include "generation_load.hpp"

#include <boost/json.hpp>

#include "http_client.hpp"

namespace lbdrain::test {
namespace json = boost::json;
namespace {

// Takes the next event off the stream; false at its end.
bool next_event(std::string_view& stream, std::string_view& data) {
    constexpr std::string_view mark = "data: ";
    const auto end = stream.find("\n\n");
    if (end == std::string_view::npos || !stream.starts_with(mark)) {
        return false;
    }
    data = stream.substr(mark.size(), end - mark.size());
    stream.remove_prefix(end + 2);
    return true;
}

}  // namespace

std::string fault_of_stream(const std::string& body, int tokens) {
    std::string_view stream = body;
    std::string_view data;
    std::string finish;
    int seen = 0;
    while (next_event(stream, data)) {
        if (data == "[DONE]") {
            if (finish != "length" || seen != tokens) {
                return "finish_reason \"" + finish + "\" after " + std::to_string(seen) + " of " +
                       std::to_string(tokens) + " tokens";
            }
            return {};
        }
        json::error_code error;
        const auto event = json::parse({data.data(), data.size()}, error);
        const auto* object = event.if_object();
        if (error || object == nullptr || object->contains("error")) {
            return "an error inside the stream: " + std::string(data);
        }
        const auto& choice = object->at("choices").at(0).as_object();
        const auto& text = choice.at("text").as_string();
        if (!text.empty() && text != " t" + std::to_string(++seen)) {
            return "wrong token: " + std::string(text);
        }
        if (const auto* reason = choice.at("finish_reason").if_string()) {
            finish = std::string(*reason);
        }
    }
    return "no [DONE] after " + std::to_string(seen) + " of " + std::to_string(tokens) + " tokens";
}

GenerationLoad::GenerationLoad(Endpoint target, int clients, int tokens, Millis stall_limit)
    : target_(std::move(target)), tokens_(tokens), stall_limit_(stall_limit) {
    for (int number = 0; number < clients; ++number) {
        clients_.emplace_back([this, number] { client(number); });
    }
}

GenerationLoad::~GenerationLoad() {
    over_ = true;
}

void GenerationLoad::client(int number) {
    const HttpClient http(target_, stall_limit_);
    const HttpRequest request{.method = "POST",
                              .target = "/v1/completions",
                              .headers = {{"Content-Type", "application/json"}},
                              .body = R"({"prompt":"a story","stream":true,"max_tokens":)" +
                                      std::to_string(tokens_) + "}"};
    while (!over_) {
        const auto response = http.request(request);
        std::string fault = response.status != 200
                                ? "status " + std::to_string(response.status) + " " +
                                      response.body.substr(0, 200) + response.error
                                : fault_of_stream(response.body, tokens_);
        if (fault.empty() && !response.whole) {
            fault = "broken off: " + response.error;
        }
        ++answered_;
        if (!fault.empty()) {
            const std::lock_guard lock(mutex_);
            faults_.push_back("client " + std::to_string(number) + ": " + fault + " (" +
                              response.error + ")");
        }
    }
}

bool GenerationLoad::wait_for_answers(std::int64_t more, Millis limit) const {
    const std::int64_t goal = answered_ + more;
    return eventually(limit, [&] { return answered_ >= goal; });
}

std::vector<std::string> GenerationLoad::stop() {
    over_ = true;
    clients_.clear();
    return faults_;
}

}  // namespace lbdrain::test
