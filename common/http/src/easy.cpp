#include "easy.hpp"

#include <strings.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <string_view>
#include <system_error>
#include <utility>

namespace lbdrain::http {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds connect_timeout{5000};
constexpr std::string_view content_type = "content-type:";

struct Global {
    Global() { ::curl_global_init(CURL_GLOBAL_DEFAULT); }
    Global(const Global&) = delete;
    Global& operator=(const Global&) = delete;
    ~Global() { ::curl_global_cleanup(); }
};

CURL* new_handle() {
    static const Global global;
    return ::curl_easy_init();
}

// "connection refused"
std::string error_text(int error) {
    std::string text = std::generic_category().message(error);
    if (text.size() > 1 && std::islower(static_cast<unsigned char>(text[1])) != 0) {
        text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
    }
    return text;
}

curl_slist* header_list(const Request& request) {
    curl_slist* list = nullptr;
    const auto add = [&](const std::string& header) {
        if (curl_slist* longer = ::curl_slist_append(list, header.c_str())) {
            list = longer;
        }
    };
    bool typed = false;
    for (const std::string& header : request.headers) {
        // libcurl wants "Name;" for a header without a value; "Name:" would remove it.
        const std::size_t colon = header.find(':');
        const bool empty = header.find_first_not_of(" \t", colon + 1) == std::string::npos;
        add(empty ? header.substr(0, colon) + ";" : header);
        typed =
            typed || ::strncasecmp(header.c_str(), content_type.data(), content_type.size()) == 0;
    }
    if (!typed) {
        add(request.body.empty() ? "Content-Type:" : "Content-Type: application/json");
    }
    add("Expect:");
    return list;
}

}  // namespace

Easy::Easy(const Request& request, TimePoint until)
    : handle_(new_handle()),
      headers_(header_list(request)),
      sent_(request.body),
      keep_(request.keep),
      must_fit_(request.must_fit),
      until_(until) {
    if (handle_ != nullptr) {
        prepare(request);
    }
}

std::size_t Easy::take_body(char* data, std::size_t size, std::size_t count, void* to) noexcept {
    auto* self = static_cast<Easy*>(to);
    const std::size_t bytes = size * count;
    const std::size_t room = self->keep_ - self->kept_.size();
    if (self->must_fit_ && bytes > room) {
        self->too_long_ = true;
        return 0;  // libcurl ends the transfer
    }
    try {
        self->kept_.append(data, std::min(bytes, room));
    } catch (...) {
        return 0;
    }
    return bytes;
}

void Easy::prepare(const Request& request) {
    CURL* easy = handle_.get();
    const auto left = std::chrono::ceil<milliseconds>(until_ - Clock::now()).count();
    const long timeout = static_cast<long>(std::max<decltype(left)>(left, 1));
    ::curl_easy_setopt(easy, CURLOPT_URL, request.url.c_str());
    ::curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    ::curl_easy_setopt(easy, CURLOPT_PROXY, "");
    ::curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    ::curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
    ::curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
    ::curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    ::curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, timeout);
    ::curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                       std::min(timeout, static_cast<long>(connect_timeout.count())));
    ::curl_easy_setopt(easy, CURLOPT_USERAGENT, request.user_agent.c_str());
    ::curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers_.get());
    ::curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &take_body);
    ::curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);
    if (!request.unix_socket.empty()) {
        ::curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, request.unix_socket.c_str());
    }
    if (!request.ca_file.empty()) {
        ::curl_easy_setopt(easy, CURLOPT_CAINFO, request.ca_file.c_str());
        ::curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);
    }
    if (!request.cert_file.empty()) {
        ::curl_easy_setopt(easy, CURLOPT_SSLCERT, request.cert_file.c_str());
        ::curl_easy_setopt(easy, CURLOPT_SSLKEY, request.key_file.c_str());
    }
    if (request.method == "HEAD") {
        ::curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
        return;
    }
    if (!sent_.empty() || request.method == "POST" || request.method == "PUT" ||
        request.method == "PATCH") {
        ::curl_easy_setopt(easy, CURLOPT_POST, 1L);
        ::curl_easy_setopt(easy, CURLOPT_POSTFIELDS, sent_.c_str());
        ::curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, static_cast<long>(sent_.size()));
    }
    ::curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
}

Result Easy::result(CURLcode code) {
    if (code != CURLE_OK) {
        return std::unexpected(describe(code));
    }
    long status = 0;
    ::curl_easy_getinfo(handle_.get(), CURLINFO_RESPONSE_CODE, &status);
    return Reply{static_cast<int>(status), std::move(kept_)};
}

Failure Easy::describe(CURLcode code) const {
    Failure failure;
    long sent = 0;
    long error = 0;
    ::curl_easy_getinfo(handle_.get(), CURLINFO_REQUEST_SIZE, &sent);
    ::curl_easy_getinfo(handle_.get(), CURLINFO_OS_ERRNO, &error);
    const bool connecting = code == CURLE_COULDNT_CONNECT || code == CURLE_COULDNT_RESOLVE_HOST ||
                            code == CURLE_OPERATION_TIMEDOUT || code == CURLE_SEND_ERROR ||
                            code == CURLE_RECV_ERROR ||
                            (code == CURLE_SSL_CONNECT_ERROR && error == ECONNRESET);
    failure.nothing_sent = connecting && sent == 0;
    if (too_long_) {
        failure.text = "the reply is longer than " + std::to_string(keep_) + " bytes";
    } else if (code == CURLE_ABORTED_BY_CALLBACK) {
        failure.text = "interrupted";
    } else if (code == CURLE_OPERATION_TIMEDOUT) {
        failure.text = failure.nothing_sent ? "connection timed out" : "timed out";
    } else if (code == CURLE_COULDNT_CONNECT && error != 0) {
        failure.text = error_text(static_cast<int>(error));
    } else {
        failure.text = ::curl_easy_strerror(code);
    }
    return failure;
}

}  // namespace lbdrain::http
