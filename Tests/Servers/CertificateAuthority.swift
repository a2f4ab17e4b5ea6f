// An authority of a test's own, and the certificates that it signs.

import Foundation

/// An authority that signs certificates, by the command-line tool of OpenSSL.
package final class CertificateAuthority {
  private static let openssl = "/usr/bin/openssl"
  private let directory: ScratchDirectory

  package init(_ name: String = "test authority") throws {
    directory = try ScratchDirectory()
    try directory.write("", to: "index.txt")
    try directory.write(
      """
      [ca]
      default_ca = test
      [test]
      database = \(directory.file("index.txt"))
      new_certs_dir = \(directory.path)
      rand_serial = yes
      default_md = sha256
      policy = any
      copy_extensions = copy
      unique_subject = no
      certificate = \(certificate)
      private_key = \(directory.file("ca.key"))
      [any]
      commonName = supplied
      """, to: "ca.conf")
    try ServerProcess.run(
      Self.openssl,
      ["req", "-x509", "-nodes", "-days", "30", "-subj", "/CN=\(name)", "-out", certificate]
        + ["-keyout", directory.file("ca.key")] + Self.newKey)
  }

  private static let newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]

  /// Its own certificate, PEM.
  package var certificate: String { directory.file("ca.pem") }

  /// Signs a certificate.
  /// - Parameters:
  ///   - name: the common name.
  ///   - hosts: for which hosts, as `subjectAltName` has them.
  ///   - validity: as openssl-ca(1) has times.
  package func sign(
    _ name: String, hosts: String = "DNS:localhost,IP:127.0.0.1",
    validity: ClosedRange<String> = "20200101000000Z"..."20990101000000Z"
  ) throws -> (certificate: String, key: String) {
    let base = directory.file("\(name)-\(UUID().uuidString.prefix(8))")
    try ServerProcess.run(
      Self.openssl,
      ["req", "-new", "-nodes", "-subj", "/CN=\(name)", "-addext", "subjectAltName=\(hosts)"]
        + ["-keyout", base + ".key", "-out", base + ".csr"] + Self.newKey)
    try ServerProcess.run(
      Self.openssl,
      ["ca", "-batch", "-notext", "-config", directory.file("ca.conf"), "-in", base + ".csr", "-out", base + ".pem"]
        + ["-startdate", validity.lowerBound, "-enddate", validity.upperBound])
    return (base + ".pem", base + ".key")
  }

  /// A server that speaks TLS 1.0 alone, with a certificate for `localhost`.
  package func serveOldTLS(port: UInt16) throws -> ServerProcess {
    let identity = try sign("old")
    let server = try ServerProcess(
      Self.openssl,
      ["s_server", "-accept", "127.0.0.1:\(port)", "-cert", identity.certificate, "-key", identity.key, "-quiet"]
        + ["-tls1", "-cipher", "ALL:@SECLEVEL=0"], log: directory.file("s_server.log"))
    try eventually("the server with TLS 1.0 serves or ends") { Port.isOpen(port) || !server.isRunning }
    guard server.isRunning else { throw ServerError(server.output) }
    return server
  }
}
