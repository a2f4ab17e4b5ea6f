// Loads libmosquitto and, through it, the OpenSSL that it was linked with.
#include "cmosquitto.h"

#include <dlfcn.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stddef.h>
#include <stdio.h>
#include <time.h>

/// Functions of OpenSSL. Macros of its headers are written out: SSL_CTX_set_min_proto_version is a call of SSL_CTX_ctrl.
#define OPENSSL_FUNCTIONS(X)                                                                              \
  X(ASN1_TIME_to_tm) X(ERR_clear_error) X(ERR_peek_last_error) X(ERR_reason_error_string)                 \
  X(PEM_read_X509) X(SSL_CTX_ctrl) X(SSL_CTX_check_private_key) X(SSL_CTX_free) X(SSL_CTX_get0_param)     \
  X(SSL_CTX_load_verify_locations) X(SSL_CTX_new) X(SSL_CTX_set_cert_verify_callback)                     \
  X(SSL_CTX_set_default_passwd_cb_userdata) X(SSL_CTX_set_verify) X(SSL_CTX_use_PrivateKey_file)          \
  X(SSL_CTX_use_certificate_chain_file) X(TLS_client_method) X(X509_STORE_CTX_get_error)                  \
  X(X509_VERIFY_PARAM_set1_host) X(X509_VERIFY_PARAM_set1_ip_asc) X(X509_VERIFY_PARAM_set_hostflags)      \
  X(X509_free) X(X509_get0_notAfter) X(X509_verify_cert) X(X509_verify_cert_error_string)

static struct cmosquitto_library mosquitto;

static struct {
#define DECLARE(name) __typeof__(name) *name;
  OPENSSL_FUNCTIONS(DECLARE)
#undef DECLARE
} openssl;

const struct cmosquitto_library *cmosquitto_load(const char **problem) {
  // The major version of the headers: soname of libmosquitto 1.4 to 2.0.
  void *library = dlopen("libmosquitto.so.1", RTLD_NOW | RTLD_LOCAL);
  if (!library) goto failed;
  // A search that begins at a library goes on in those that it needs: the same OpenSSL that libmosquitto uses.
#define LOAD(target, symbol)                             \
  *(void **)&target = dlsym(library, symbol);            \
  if (!target) goto failed;
#define LOAD_MOSQUITTO(name) LOAD(mosquitto.name, "mosquitto_" #name)
#define LOAD_OPENSSL(name) LOAD(openssl.name, #name)
  CMOSQUITTO_FUNCTIONS(LOAD_MOSQUITTO)
  OPENSSL_FUNCTIONS(LOAD_OPENSSL)
  mosquitto.lib_init();
  return &mosquitto;
failed:
  *problem = dlerror();
  return NULL;
}

/// OpenSSL's check of a chain, whose verdict is kept. `verdict` is an int.
static int verify(X509_STORE_CTX *context, void *verdict) {
  const int good = openssl.X509_verify_cert(context);
  *(int *)verdict = openssl.X509_STORE_CTX_get_error(context);
  return good;
}

void *cmosquitto_context(
    const char *host, const char *authorities, const char *certificate, const char *key, int *verdict,
    const char **wrong) {
  openssl.ERR_clear_error();
  *wrong = NULL;
  SSL_CTX *context = openssl.SSL_CTX_new(openssl.TLS_client_method());
  if (!context) return NULL;
  X509_VERIFY_PARAM *expected = openssl.SSL_CTX_get0_param(context);
  openssl.X509_VERIFY_PARAM_set_hostflags(expected, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  if (!openssl.SSL_CTX_ctrl(context, SSL_CTRL_SET_MIN_PROTO_VERSION, TLS1_2_VERSION, NULL)) goto failed;
  if (!openssl.X509_VERIFY_PARAM_set1_ip_asc(expected, host) &&
      !openssl.X509_VERIFY_PARAM_set1_host(expected, host, 0)) {
    goto failed;
  }
  if (!openssl.SSL_CTX_load_verify_locations(context, authorities, NULL)) {
    *wrong = authorities;
    goto failed;
  }
  // Without a text of its own, OpenSSL asks for a key's passphrase at the terminal.
  openssl.SSL_CTX_set_default_passwd_cb_userdata(context, (void *)"");
  if (certificate && openssl.SSL_CTX_use_certificate_chain_file(context, certificate) != 1) {
    *wrong = certificate;
    goto failed;
  }
  if (key && (openssl.SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1 ||
              !openssl.SSL_CTX_check_private_key(context))) {
    *wrong = key;
    goto failed;
  }
  openssl.SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
  openssl.SSL_CTX_set_cert_verify_callback(context, verify, verdict);
  return context;
failed:
  openssl.SSL_CTX_free(context);
  return NULL;
}

const char *cmosquitto_reason(void) { return openssl.ERR_reason_error_string(openssl.ERR_peek_last_error()); }

void cmosquitto_free_context(void *context) { openssl.SSL_CTX_free((SSL_CTX *)context); }

const char *cmosquitto_verdict_text(int verdict) { return openssl.X509_verify_cert_error_string(verdict); }

int cmosquitto_certificate_end(const char *file, long long *seconds) {
  FILE *opened = fopen(file, "re");
  if (!opened) return 0;
  int found = 0, good = 1;
  X509 *certificate;
  while (good && (certificate = openssl.PEM_read_X509(opened, NULL, NULL, (void *)""))) {
    struct tm end = {0};
    good = openssl.ASN1_TIME_to_tm(openssl.X509_get0_notAfter(certificate), &end);
    const long long time = good ? (long long)timegm(&end) : 0;
    if (good && (!found || time < *seconds)) *seconds = time;
    found = 1;
    openssl.X509_free(certificate);
  }
  // The end of the file is an error like any other.
  openssl.ERR_clear_error();
  fclose(opened);
  return found && good;
}
