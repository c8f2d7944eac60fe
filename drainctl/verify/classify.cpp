#include "verify/classify.hpp"

#include <cerrno>
#include <system_error>

namespace lbdrain::ctl {
namespace {

bool is_tls(CURLcode code) {
    switch (code) {
        case CURLE_SSL_CONNECT_ERROR:
        case CURLE_SSL_ENGINE_NOTFOUND:
        case CURLE_SSL_ENGINE_SETFAILED:
        case CURLE_SSL_CERTPROBLEM:
        case CURLE_SSL_CIPHER:
        case CURLE_PEER_FAILED_VERIFICATION:
        case CURLE_USE_SSL_FAILED:
        case CURLE_SSL_ENGINE_INITFAILED:
        case CURLE_SSL_CACERT_BADFILE:
        case CURLE_SSL_CRL_BADFILE:
        case CURLE_SSL_ISSUER_ERROR:
        case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
        case CURLE_SSL_INVALIDCERTSTATUS:
        case CURLE_SSL_CLIENTCERT:
            return true;
        default:
            return false;
    }
}

std::string said(const TransferEnd& end) {
    if (end.code == CURLE_OK) {
        return "closed within the head";
    }
    if (end.os_error != 0) {
        return std::generic_category().message(end.os_error);
    }
    return end.text.empty() ? std::string(::curl_easy_strerror(end.code)) : end.text;
}

// Before any byte of the request left.
Judgement unsent(const TransferEnd& end) {
    if (is_tls(end.code)) {
        return {RequestClass::tls, end.text.empty() ? said(end) : end.text};
    }
    switch (end.code) {
        case CURLE_OPERATION_TIMEDOUT:
            return {RequestClass::connect_timeout, said(end)};
        case CURLE_COULDNT_CONNECT:
            return {
                end.os_error == ETIMEDOUT ? RequestClass::connect_timeout : RequestClass::refused,
                said(end)};
        case CURLE_COULDNT_RESOLVE_HOST:
        case CURLE_COULDNT_RESOLVE_PROXY:
            return {RequestClass::refused, said(end)};
        default:
            return {RequestClass::other, said(end)};
    }
}

Judgement without_head(const TransferEnd& end) {
    switch (end.code) {
        case CURLE_OK:  // the connection ended within the head
        case CURLE_GOT_NOTHING:
        case CURLE_RECV_ERROR:
        case CURLE_SEND_ERROR:
        case CURLE_HTTP2:
        case CURLE_HTTP2_STREAM:
        case CURLE_PARTIAL_FILE:
            return {RequestClass::reset_before_headers, said(end)};
        case CURLE_WEIRD_SERVER_REPLY:
        case CURLE_UNSUPPORTED_PROTOCOL:  // HTTP/0.9: a body without a head
            return {RequestClass::malformed, said(end)};
        default:
            return {is_tls(end.code) ? RequestClass::tls : RequestClass::other, said(end)};
    }
}

}  // namespace

Judgement classify(const TransferEnd& end, AnswerReader& answer) {
    if (end.cut == Cut::lost_connection) {
        return {RequestClass::reset_before_headers,
                "on a kept connection, after the request had arrived"};
    }
    if (end.status != 0 && (end.status < 200 || end.status > 299)) {
        return {RequestClass::http_status,
                std::to_string(end.status) + " by " +
                    (end.maker == Maker::unknown ? "balancer or backend"
                                                 : "the " + std::string(to_string(end.maker)))};
    }
    if (end.cut != Cut::no) {
        if (answer.fault()) {
            return *answer.fault();
        }
        if (!end.sent) {
            return {RequestClass::connect_timeout, "no connection"};
        }
        const std::string tokens = std::to_string(answer.tokens()) + " tokens";
        if (end.cut == Cut::too_long) {
            return {RequestClass::too_long, "after " + tokens};
        }
        return answer.bytes() == 0
                   ? Judgement{RequestClass::stall_before_first,
                               end.status == 0 ? "no response" : "a head, and no body"}
                   : Judgement{RequestClass::stall_after_first, "after " + tokens};
    }
    if (end.code == CURLE_OK && end.status != 0) {
        return answer.end(true);
    }
    if (!end.sent) {
        return unsent(end);
    }
    if (end.status == 0) {
        return without_head(end);
    }
    if (end.code == CURLE_WRITE_ERROR || end.code == CURLE_BAD_CONTENT_ENCODING) {
        return answer.fault() ? *answer.fault() : Judgement{RequestClass::malformed, said(end)};
    }
    if (end.text.find("chunk") != std::string::npos && end.os_error == 0) {
        return {RequestClass::malformed, end.text};  // a chunked body that is none
    }
    return answer.end(false, said(end));
}

}  // namespace lbdrain::ctl
