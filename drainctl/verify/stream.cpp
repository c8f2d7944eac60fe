#include "verify/stream.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <utility>

namespace lbdrain::ctl {
namespace {

constexpr long buffer_size = 4096;  // bytes, one for each request in flight
constexpr std::size_t error_body_kept = 1024;
constexpr std::size_t name_kept = 64;
constexpr std::size_t says_kept = 200;

bool same(std::string_view one, std::string_view other) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | ' ') : c; };
    return std::ranges::equal(one, other, {}, lower, lower);
}

}  // namespace

Micros micros_now() noexcept {
    using namespace std::chrono;
    return duration_cast<microseconds>(steady_clock::now().time_since_epoch()).count();
}

Stream::Stream(StreamContext& context) : context_(context), handle_(::curl_easy_init()) {
    if (handle_) {
        prepare();
    }
}

void Stream::prepare() {
    CURL* const easy = handle_.get();
    const TrafficOptions& options = context_.options;
    const bool https = options.url.starts_with("https:");
    ::curl_easy_setopt(easy, CURLOPT_PRIVATE, this);
    ::curl_easy_setopt(easy, CURLOPT_URL, options.url.c_str());
    ::curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                       static_cast<curl_off_t>(options.body.size()));
    ::curl_easy_setopt(easy, CURLOPT_POSTFIELDS, options.body.data());  // not copied
    ::curl_easy_setopt(easy, CURLOPT_HTTPHEADER, context_.headers.get());
    ::curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, error_.data());
    ::curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    ::curl_easy_setopt(easy, CURLOPT_PROXY, "");
    ::curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, buffer_size);
    ::curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                       static_cast<long>(options.connect_timeout / 1000));
    ::curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
                       static_cast<long>(!options.http2 ? CURL_HTTP_VERSION_1_1
                                         : https        ? CURL_HTTP_VERSION_2TLS
                                                        : CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE));
    if (!options.ca_file.empty()) {
        ::curl_easy_setopt(easy, CURLOPT_CAINFO, options.ca_file.c_str());
    }
    if (options.insecure) {
        ::curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
        ::curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
    }
    ::curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &Stream::take_header);
    ::curl_easy_setopt(easy, CURLOPT_HEADERDATA, this);
    ::curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &Stream::take_body);
    ::curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);
    ::curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, &Stream::before_send);
    ::curl_easy_setopt(easy, CURLOPT_PREREQDATA, this);
    ::curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, &Stream::close_socket);
    ::curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, &context_);
    if (options.http2) {
        // The one way to hear why libcurl sends a request again.
        ::curl_easy_setopt(easy, CURLOPT_VERBOSE, 1L);
        ::curl_easy_setopt(easy, CURLOPT_DEBUGFUNCTION, &Stream::debug);
        ::curl_easy_setopt(easy, CURLOPT_DEBUGDATA, this);
    }
}

void Stream::begin(std::size_t client, Micros due, bool fresh_connection) {
    client_ = client;
    answer_.emplace(context_.options.expected);
    told_ = {};
    told_.start = context_.now();
    told_.due = due;
    last_byte_ = told_.start;
    last_token_ = -1;
    sent_ = port_ = status_ = 0;
    refused_stream_ = lost_ = upstream_header_ = head_ended_ = false;
    server_.clear();
    replica_.clear();
    error_body_.clear();
    error_.front() = '\0';
    ::curl_easy_setopt(handle(), CURLOPT_FRESH_CONNECT, fresh_connection ? 1L : 0L);
    ::curl_easy_setopt(handle(), CURLOPT_FORBID_REUSE, fresh_connection ? 1L : 0L);
}

Cut Stream::overdue(Micros now) const noexcept {
    if (now - told_.start >= context_.options.max_time) {
        return Cut::too_long;
    }
    // Connecting has a limit of its own.
    return sent_ > 0 && now - last_byte_ >= context_.options.stall ? Cut::stall : Cut::no;
}

RequestEnd Stream::end(CURLcode code, Cut cut) {
    told_.end = context_.now();
    told_.status = status_;
    told_.bytes = answer_->bytes();
    told_.maker = made_by({server_, error_body_, !replica_.empty(), upstream_header_});
    told_.says = error_body_.substr(0, says_kept);
    long error = 0;
    ::curl_easy_getinfo(handle(), CURLINFO_OS_ERRNO, &error);
    long connects = 0;
    ::curl_easy_getinfo(handle(), CURLINFO_NUM_CONNECTS, &connects);
    told_.kept_connection = sent_ > 0 && (connects == 0 || sent_ > 1);
    TransferEnd end;
    end.code = code;
    end.os_error = static_cast<int>(error);
    end.text = error_.data();
    end.sent = sent_ > 0;
    end.status = head_ended_ ? status_ : 0;  // libcurl takes half a head for a whole one
    end.maker = told_.maker;
    end.cut = lost_ ? Cut::lost_connection : cut;
    told_.judgement = classify(end, *answer_);
    told_.tokens = answer_->tokens();
    return std::move(told_);
}

std::size_t Stream::take_header(char* data, std::size_t size, std::size_t count, void* self) {
    static_cast<Stream*>(self)->header({data, size * count});
    return size * count;
}

void Stream::header(std::string_view line) {
    last_byte_ = context_.now();
    while (line.ends_with('\n') || line.ends_with('\r')) {
        line.remove_suffix(1);
    }
    if (line.starts_with("HTTP/")) {
        const std::size_t blank = std::min(line.find(' '), line.size() - 1);
        status_ = 0;
        std::from_chars(line.data() + blank + 1, line.data() + line.size(), status_);
        return;
    }
    if (line.empty()) {
        if (status_ >= 200) {
            head_ended_ = true;
            name_replica();
        }
        return;
    }
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) {
        return;
    }
    const std::string_view name = line.substr(0, colon);
    std::string_view value = line.substr(colon + 1);
    value.remove_prefix(std::min(value.find_first_not_of(" \t"), value.size()));
    value = value.substr(0, name_kept);
    if (same(name, context_.options.replica_header)) {
        replica_ = value;
    } else if (same(name, "server")) {
        server_ = value;
    } else if (same(name, "x-vllm-request-id") || same(name, "openai-processing-ms") ||
               same(name, "x-compute-time")) {
        upstream_header_ = true;
    }
}

void Stream::name_replica() {
    if (told_.replica == 0 && !replica_.empty()) {
        told_.replica = context_.listener->replica(replica_);
    }
}

std::size_t Stream::take_body(char* data, std::size_t size, std::size_t count, void* self) {
    static_cast<Stream*>(self)->body({data, size * count});
    return size * count;
}

void Stream::body(std::string_view bytes) {
    const Micros now = context_.now();
    last_byte_ = now;
    if (!good_status()) {
        error_body_ += bytes.substr(0, error_body_kept - error_body_.size());
        return;
    }
    const bool streams =
        context_.options.expected.stream && context_.options.expected.shape != Shape::plain;
    const bool first_bytes = answer_->bytes() == 0;
    std::size_t tokens = answer_->feed(bytes);
    if (!streams) {
        tokens = first_bytes ? 1 : 0;  // all that can be timed of a body in one piece
    }
    for (; tokens > 0; --tokens) {
        const Micros gap = last_token_ < 0 ? -1 : now - last_token_;
        if (gap < 0) {
            told_.first_token = now;
        }
        told_.longest_gap = std::max(told_.longest_gap, gap);
        last_token_ = now;
        context_.listener->token(told_.replica, now, gap);
    }
}

int Stream::before_send(void* self, char*, char*, int, int local_port) {
    return static_cast<Stream*>(self)->may_send_again(local_port) ? CURL_PREREQFUNC_OK
                                                                  : CURL_PREREQFUNC_ABORT;
}

bool Stream::may_send_again(int local_port) {
    if (sent_ > 0) {
        const bool unused =
            refused_stream_ || (!context_.options.http2 && context_.stale.nothing_arrived(port_));
        told_.stale_connection = unused;
        lost_ = !unused || context_.options.stale_fails;
        if (lost_) {
            return false;
        }
    }
    ++sent_;
    port_ = local_port;
    refused_stream_ = false;
    last_byte_ = context_.now();
    return true;
}

int Stream::debug(CURL*, curl_infotype kind, char* data, std::size_t size, void* self) {
    if (kind == CURLINFO_TEXT &&
        std::string_view(data, size).find("REFUSED_STREAM") != std::string_view::npos) {
        static_cast<Stream*>(self)->refused_stream_ = true;
    }
    return 0;
}

int Stream::close_socket(void* context, curl_socket_t fd) {
    static_cast<StreamContext*>(context)->stale.closing(fd);
    return ::close(fd);
}

}  // namespace lbdrain::ctl
