// libmosquitto for Swift, loaded when it is first wanted, and a TLS context for it that tells what OpenSSL made of a broker's
// certificate.
//
// It is not linked: OpenSSL's tables alone are 0.5 MB that every process would have to relocate and keep, a shed without a county as well,
// and a device on which the library is missing or broken must still control its shed.
#pragma once
#include <mosquitto.h>
#include <openssl/x509_vfy.h>

/// The functions that are used, without their prefix.
#define CMOSQUITTO_FUNCTIONS(X)                                                                                   \
  X(lib_init) X(new) X(destroy) X(strerror) X(int_option) X(void_option) X(max_inflight_messages_set)             \
  X(username_pw_set) X(will_set) X(connect_callback_set) X(disconnect_callback_set) X(publish_callback_set)       \
  X(subscribe_callback_set) X(message_callback_set) X(log_callback_set) X(connect_bind_async) X(disconnect)       \
  X(publish) X(subscribe_multiple) X(socket) X(want_write) X(loop_read) X(loop_write) X(loop_misc)

/// libmosquitto: each function as its header declares it.
struct cmosquitto_library {
#define CMOSQUITTO_DECLARE(name) __typeof__(mosquitto_##name) *_Nonnull name;
  CMOSQUITTO_FUNCTIONS(CMOSQUITTO_DECLARE)
#undef CMOSQUITTO_DECLARE
};

/// Loads the library and makes it ready. Not to be called by two threads at once.
/// @param problem why it cannot be had, in the loader's words; valid until the thread loads something else
/// @return NULL if it cannot be had
const struct cmosquitto_library *_Nullable cmosquitto_load(const char *_Nullable *_Nonnull problem);

// The rest only after cmosquitto_load() has returned a library. libmosquitto 2.0.11 says no more than "certificate verify failed", and
// with a context of another's making its own check of the host's name refuses everything, so this context checks the name as well.

/// A context for TLS 1.2 or later that takes only certificates of the authorities in a file, for one host (a name or an address).
/// @param verdict where the verdict on the broker's certificate goes, a code of X509_STORE_CTX_get_error(3); must outlive the context
/// @param wrong the file that cannot be used, if it is one of the files
/// @return NULL if it cannot be made; cmosquitto_reason then says why
void *_Nullable cmosquitto_context(
    const char *_Nonnull host, const char *_Nonnull authorities, const char *_Nullable certificate,
    const char *_Nullable key, int *_Nonnull verdict, const char *_Nullable *_Nonnull wrong);

/// OpenSSL's words for its last error.
const char *_Nullable cmosquitto_reason(void);

/// Gives a context up.
void cmosquitto_free_context(void *_Nonnull context);

/// OpenSSL's words for a verdict.
const char *_Nonnull cmosquitto_verdict_text(int verdict);

/// When the first of the certificates in a file ends.
/// @param seconds where the time goes, s since 1970
/// @return whether there is at least one certificate, PEM, and the end of all can be read
int cmosquitto_certificate_end(const char *_Nonnull file, long long *_Nonnull seconds);
