// When a certificate of one's own ends.

import CMosquitto

extension TLSSettings.Identity {
  /// When the certificate ends, ms since 1970 UTC, or one of those between it and its authority if that comes first; `nil` if the file
  /// cannot be read, or there is no library that can.
  public var end: Int64? {
    guard case .success = MosquittoClient.library else { return nil }
    var seconds: Int64 = 0
    guard cmosquitto_certificate_end(certificate, &seconds) == 1 else { return nil }
    let (milliseconds, overflow) = seconds.multipliedReportingOverflow(by: 1_000)
    return overflow ? nil : milliseconds
  }
}
