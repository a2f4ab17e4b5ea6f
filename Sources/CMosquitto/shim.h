// libmosquitto for Swift, and a TLS context for it that tells what OpenSSL made of a broker's certificate.
//
// libmosquitto 2.0.11 says no more than "certificate verify failed", and with a context of another's making its own check of the host's
// name refuses everything, so the context checks the name as well.
#pragma once
#include <mosquitto.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stddef.h>

/// OpenSSL's check of a chain, whose verdict is kept: a code of X509_STORE_CTX_get_error(3). `verdict` is an int.
static inline int cmosquitto_verify(X509_STORE_CTX *context, void *verdict) {
  const int good = X509_verify_cert(context);
  *(int *)verdict = X509_STORE_CTX_get_error(context);
  return good;
}

/// A context for TLS 1.2 or later that takes only certificates of the authorities in a file, for one host (a name or an address).
/// @param verdict where the verdict on the broker's certificate goes; must outlive the context
/// @param wrong the file that cannot be used, if it is one of the files
/// @return NULL if it cannot be made; cmosquitto_reason then says why
static inline void *_Nullable cmosquitto_context(
    const char *_Nonnull host, const char *_Nonnull authorities, const char *_Nullable certificate,
    const char *_Nullable key, int *_Nonnull verdict, const char *_Nullable *_Nonnull wrong) {
  ERR_clear_error();
  *wrong = NULL;
  SSL_CTX *context = SSL_CTX_new(TLS_client_method());
  if (!context) return NULL;
  X509_VERIFY_PARAM *expected = SSL_CTX_get0_param(context);
  X509_VERIFY_PARAM_set_hostflags(expected, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  if (!SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION)) goto failed;
  if (!X509_VERIFY_PARAM_set1_ip_asc(expected, host) && !X509_VERIFY_PARAM_set1_host(expected, host, 0)) goto failed;
  if (!SSL_CTX_load_verify_locations(context, authorities, NULL)) {
    *wrong = authorities;
    goto failed;
  }
  // Without a text of its own, OpenSSL asks for a key's passphrase at the terminal.
  SSL_CTX_set_default_passwd_cb_userdata(context, (void *)"");
  if (certificate && SSL_CTX_use_certificate_chain_file(context, certificate) != 1) {
    *wrong = certificate;
    goto failed;
  }
  if (key && (SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1 || !SSL_CTX_check_private_key(context))) {
    *wrong = key;
    goto failed;
  }
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
  SSL_CTX_set_cert_verify_callback(context, cmosquitto_verify, verdict);
  return context;
failed:
  SSL_CTX_free(context);
  return NULL;
}

/// OpenSSL's words for its last error.
static inline const char *_Nullable cmosquitto_reason(void) { return ERR_reason_error_string(ERR_peek_last_error()); }

/// Gives a context up.
static inline void cmosquitto_free_context(void *_Nonnull context) { SSL_CTX_free((SSL_CTX *)context); }

/// OpenSSL's words for a verdict.
static inline const char *_Nonnull cmosquitto_verdict_text(int verdict) { return X509_verify_cert_error_string(verdict); }
