#include "runner/http_client.hpp"

#include <curl/curl.h>
#include <strings.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <utility>

#include "runner/text.hpp"

namespace lbdrain::hook {
namespace {

constexpr milliseconds kConnectTimeout{5000};
constexpr std::string_view kContentType = "content-type:";

struct Global {
    Global() { ::curl_global_init(CURL_GLOBAL_DEFAULT); }
    Global(const Global&) = delete;
    Global& operator=(const Global&) = delete;
    ~Global() { ::curl_global_cleanup(); }
};

template <auto function>
struct Free {
    void operator()(auto* object) const { function(object); }
};
using Easy = std::unique_ptr<CURL, Free<&::curl_easy_cleanup>>;
using Multi = std::unique_ptr<CURLM, Free<&::curl_multi_cleanup>>;
using List = std::unique_ptr<curl_slist, Free<&::curl_slist_free_all>>;

struct Body {
    std::string kept;
    std::size_t limit = 0;
};

std::size_t take_body(char* data, std::size_t size, std::size_t count, void* to) noexcept {
    auto* body = static_cast<Body*>(to);
    const std::size_t bytes = size * count;
    try {
        body->kept.append(data, std::min(bytes, body->limit - body->kept.size()));
    } catch (...) {
        return 0;  // libcurl ends the transfer
    }
    return bytes;
}

List header_list(const HttpRequest& request) {
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
            typed || ::strncasecmp(header.c_str(), kContentType.data(), kContentType.size()) == 0;
    }
    if (!typed) {
        add(request.body.empty() ? "Content-Type:" : "Content-Type: application/json");
    }
    add("Expect:");
    return List(list);
}

void prepare(CURL* easy, const HttpRequest& request, const curl_slist* headers, Body& body,
             TimePoint until) {
    const auto left = std::chrono::ceil<milliseconds>(until - Clock::now()).count();
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
                       std::min(timeout, static_cast<long>(kConnectTimeout.count())));
    ::curl_easy_setopt(easy, CURLOPT_USERAGENT, "lbdrain-hook");
    ::curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    ::curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &take_body);
    ::curl_easy_setopt(easy, CURLOPT_WRITEDATA, &body);
    if (!request.unix_socket.empty()) {
        ::curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, request.unix_socket.c_str());
    }
    if (request.method == "HEAD") {
        ::curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
        return;
    }
    if (!request.body.empty() || request.method == "POST" || request.method == "PUT" ||
        request.method == "PATCH") {
        ::curl_easy_setopt(easy, CURLOPT_POST, 1L);
        ::curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.c_str());
        ::curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, static_cast<long>(request.body.size()));
    }
    ::curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
}

/// Drives the one transfer; CURLE_ABORTED_BY_CALLBACK stands for an interrupt.
CURLcode drive(Run& run, CURLM* multi, TimePoint until) {
    while (true) {
        int running = 0;
        if (::curl_multi_perform(multi, &running) != CURLM_OK) {
            return CURLE_FAILED_INIT;
        }
        int queued = 0;
        if (const CURLMsg* message = ::curl_multi_info_read(multi, &queued);
            message != nullptr && message->msg == CURLMSG_DONE) {
            return message->data.result;
        }
        if (running == 0 || Clock::now() >= until) {
            return CURLE_OPERATION_TIMEDOUT;
        }
        std::vector<pollfd> also = run.also_poll();
        std::vector<curl_waitfd> extra;
        extra.reserve(also.size());
        for (const pollfd& fd : also) {
            const bool in = (fd.events & POLLIN) != 0;
            extra.push_back(
                {fd.fd, static_cast<short>(in ? CURL_WAIT_POLLIN : CURL_WAIT_POLLOUT), 0});
        }
        const auto left = std::chrono::ceil<milliseconds>(until - Clock::now()).count();
        ::curl_multi_poll(multi, extra.data(), static_cast<unsigned>(extra.size()),
                          static_cast<int>(std::clamp<decltype(left)>(left, 0, 60000)), nullptr);
        for (std::size_t i = 0; i < also.size(); ++i) {
            also[i].revents = extra[i].revents;
        }
        if (run.heed(also)) {
            return CURLE_ABORTED_BY_CALLBACK;
        }
    }
}

HttpFailure describe(CURL* easy, CURLcode code) {
    HttpFailure failure;
    long sent = 0;
    long error = 0;
    ::curl_easy_getinfo(easy, CURLINFO_REQUEST_SIZE, &sent);
    ::curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &error);
    const bool connecting = code == CURLE_COULDNT_CONNECT || code == CURLE_COULDNT_RESOLVE_HOST ||
                            code == CURLE_OPERATION_TIMEDOUT || code == CURLE_SEND_ERROR ||
                            code == CURLE_RECV_ERROR ||
                            (code == CURLE_SSL_CONNECT_ERROR && error == ECONNRESET);
    failure.nothing_sent = connecting && sent == 0;
    if (code == CURLE_ABORTED_BY_CALLBACK) {
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

}  // namespace

std::expected<HttpReply, HttpFailure> send_request(Run& run, const HttpRequest& request,
                                                   TimePoint until) {
    static const Global global;
    const List headers = header_list(request);
    const Multi multi(::curl_multi_init());
    const Easy easy(::curl_easy_init());
    if (multi == nullptr || easy == nullptr) {
        return std::unexpected(HttpFailure{"libcurl cannot start", true});
    }
    Body body{.kept = {}, .limit = request.keep};
    prepare(easy.get(), request, headers.get(), body, until);
    ::curl_multi_add_handle(multi.get(), easy.get());
    const CURLcode code = drive(run, multi.get(), until);
    long status = 0;
    ::curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &status);
    const HttpFailure failure = describe(easy.get(), code);
    ::curl_multi_remove_handle(multi.get(), easy.get());
    if (code != CURLE_OK) {
        return std::unexpected(failure);
    }
    return HttpReply{static_cast<int>(status), std::move(body.kept)};
}

std::string origin_of(std::string_view url) {
    const std::size_t scheme = url.find("://");
    const std::size_t start = scheme == std::string_view::npos ? 0 : scheme + 3;
    return std::string(url.substr(0, url.find_first_of("/?#", start)));
}

std::string shown_url(std::string_view url) {
    std::string origin = origin_of(url);
    const std::string_view rest = url.substr(origin.size());
    if (const std::size_t at = origin.rfind('@'); at != std::string::npos) {
        const std::size_t start = origin.find("://") + 3;
        origin.erase(start, at + 1 - start);
    }
    return origin.append(rest.substr(0, rest.find_first_of("?#")));
}

}  // namespace lbdrain::hook
