// One request at a time on a libcurl handle that is used again and again: sends it, judges the
// answer as it comes, times its tokens. Stays where it is: libcurl knows its address. The owner
// adds the handle to a multi handle and takes it out. One thread.
#pragma once

#include <curl/curl.h>

#include <array>
#include <memory>
#include <optional>
#include <string>

#include "verify/classify.hpp"
#include "verify/stale_connections.hpp"
#include "verify/traffic.hpp"

namespace lbdrain::ctl {

Micros micros_now() noexcept;  // on the steady clock

struct CurlFree {
    void operator()(CURL* handle) const { ::curl_easy_cleanup(handle); }
    void operator()(curl_slist* list) const { ::curl_slist_free_all(list); }
};

// What all streams of a generator share; outlives them.
struct StreamContext {
    TrafficOptions options;
    Micros began = 0;  // micros_now() when the generator began
    std::unique_ptr<curl_slist, CurlFree> headers;
    StaleConnections stale;
    Listener* listener = nullptr;

    Micros now() const noexcept { return micros_now() - began; }
};

class Stream {
  public:
    explicit Stream(StreamContext& context);
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;

    CURL* handle() const noexcept { return handle_.get(); }

    // `client`: whose it is, for the owner.
    void begin(std::size_t client, Micros due, bool fresh_connection);
    // What it has to be ended for, if anything.
    Cut overdue(Micros now) const noexcept;
    // It has ended: by libcurl with `code`, or by us.
    RequestEnd end(CURLcode code, Cut cut);

    Micros started() const noexcept { return told_.start; }
    std::size_t client() const noexcept { return client_; }
    std::size_t slot = 0;  // the owner's

  private:
    static std::size_t take_header(char* data, std::size_t size, std::size_t count, void* self);
    static std::size_t take_body(char* data, std::size_t size, std::size_t count, void* self);
    static int before_send(void* self, char*, char*, int, int local_port);
    static int debug(CURL*, curl_infotype kind, char* data, std::size_t size, void* self);
    static int close_socket(void* context, curl_socket_t fd);
    void prepare();
    void header(std::string_view line);
    void name_replica();
    void body(std::string_view bytes);
    bool may_send_again(int local_port);
    bool good_status() const noexcept { return status_ >= 200 && status_ <= 299; }

    StreamContext& context_;
    std::unique_ptr<CURL, CurlFree> handle_;
    std::array<char, CURL_ERROR_SIZE> error_{};

    // Of the request that runs.
    std::size_t client_ = 0;
    std::optional<AnswerReader> answer_;
    RequestEnd told_;
    Micros last_byte_ = 0;
    Micros last_token_ = -1;
    int sent_ = 0;  // how often
    int port_ = 0;  // the local one of the connection it was sent on
    bool refused_stream_ = false;
    bool lost_ = false;
    int status_ = 0;
    bool head_ended_ = false;
    std::string server_;
    std::string replica_;
    bool upstream_header_ = false;
    std::string error_body_;  // its first bytes
};

}  // namespace lbdrain::ctl
