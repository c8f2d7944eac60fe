// One class for a request that has ended, from what libcurl says and what its body was. Pure.
#pragma once

#include <curl/curl.h>

#include <string>

#include "verify/answer.hpp"
#include "verify/maker.hpp"

namespace lbdrain::ctl {

// Why we ended it ourselves.
enum class Cut { no, stall, too_long, lost_connection };

struct TransferEnd {
    CURLcode code = CURLE_OK;
    int os_error = 0;
    std::string text;   // libcurl's, for what has no better words
    bool sent = false;  // a connection was there, the request went out
    int status = 0;     // 0: no head came
    Maker maker = Maker::unknown;
    Cut cut = Cut::no;
};

// `answer` was fed the body of a 2xx, nothing else.
Judgement classify(const TransferEnd& end, AnswerReader& answer);

}  // namespace lbdrain::ctl
