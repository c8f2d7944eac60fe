// One transfer of libcurl's, from a Request to a Result.
#pragma once

#include <curl/curl.h>

#include <array>
#include <memory>
#include <string>

#include "lbdrain/http/message.hpp"

namespace lbdrain::http {

template <auto function>
struct Free {
    void operator()(auto* object) const { function(object); }
};

// Stays where it is: libcurl knows its address.
class Easy {
  public:
    Easy(const Request& request, TimePoint until);
    Easy(const Easy&) = delete;
    Easy& operator=(const Easy&) = delete;

    CURL* handle() const noexcept { return handle_.get(); }  // null: libcurl cannot start
    TimePoint until() const noexcept { return until_; }

    // What came of it. CURLE_ABORTED_BY_CALLBACK stands for an interrupt.
    Result result(CURLcode code);

  private:
    static std::size_t take_body(char* data, std::size_t size, std::size_t count,
                                 void* to) noexcept;
    void prepare(const Request& request);
    Failure describe(CURLcode code) const;

    std::unique_ptr<CURL, Free<&::curl_easy_cleanup>> handle_;
    std::unique_ptr<curl_slist, Free<&::curl_slist_free_all>> headers_;
    std::string sent_;  // the body
    std::string kept_;
    std::size_t keep_;
    bool must_fit_;
    bool too_long_ = false;
    TimePoint until_;
};

}  // namespace lbdrain::http
