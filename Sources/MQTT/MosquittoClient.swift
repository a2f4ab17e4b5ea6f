// libmosquitto's client, with its codes and callbacks made into Swift.

import CMosquitto
import Glibc

/// Owns a client of libmosquitto. Used by one thread.
final class MosquittoClient {
  /// What libmosquitto calls back.
  enum Report {
    case connected
    case subscribed([Bool])
    case acknowledged(Int32)
    case received(ReceivedMessage)
    case disconnected(MQTTError)
  }

  /// The library, or why it cannot be had. Asked for by the first connection of this process.
  static let library: Result<Library, MQTTError> = {
    var problem: UnsafePointer<CChar>?
    if let functions = cmosquitto_load(&problem) { return .success(Library(functions: functions.pointee)) }
    let reason = problem.map { String(cString: $0) } ?? "libmosquitto cannot be loaded"
    return .failure(.machine("\(reason) (package libmosquitto1)"))
  }()

  /// Pointers to code, which never change.
  struct Library: @unchecked Sendable {
    let functions: cmosquitto_library
  }

  /// Who is told.
  var report: (Report) -> Void = { _ in }

  private let mosquitto: cmosquitto_library
  /// A pointer of libmosquitto's; set once, before anything else is done.
  private var client: OpaquePointer?
  /// OpenSSL's verdict on the broker's certificate; -1 while there is none.
  private let verdict: UnsafeMutablePointer<Int32>
  private var tlsReason: String?
  private var refusal: Int32 = 0

  init(_ settings: MQTTSettings) throws(MQTTError) {
    mosquitto = try Self.library.get().functions
    verdict = .allocate(capacity: 1)
    verdict.initialize(to: -1)
    client = mosquitto.new(settings.client, true, Unmanaged.passUnretained(self).toOpaque())
    guard client != nil else { throw .settings("the client identity \(settings.client) cannot be used") }
    setCallbacks()
    try check(mosquitto.int_option(client, MOSQ_OPT_PROTOCOL_VERSION, MQTT_PROTOCOL_V311), "MQTT 3.1.1 cannot be used")
    try check(mosquitto.int_option(client, MOSQ_OPT_TCP_NODELAY, 1), "TCP_NODELAY cannot be used")
    try check(mosquitto.max_inflight_messages_set(client, settings.window), "the window cannot be used")
    guard settings.keepAlive >= 5 else { throw .settings("a keep-alive of less than 5 s") }
    if let credentials = settings.credentials {
      try check(
        mosquitto.username_pw_set(client, credentials.user, credentials.password), "the user name cannot be used")
    }
    if let will = settings.will {
      try check(
        mosquitto.will_set(
          client, will.topic, Int32(clamping: will.payload.count), will.payload, will.quality.rawValue, will.isRetained),
        "the will cannot be used")
    }
    if let tls = settings.tls { try protect(settings, tls) }
  }

  deinit {
    if let client { mosquitto.destroy(client) }
    verdict.deallocate()
  }

  private func check(_ code: Int32, _ what: String) throws(MQTTError) {
    guard code == MOSQ_ERR_SUCCESS.code else { throw .settings("\(what): \(words(code))") }
  }

  private func words(_ code: Int32) -> String { mosquitto.strerror(code).map { String(cString: $0) } ?? "code \(code)" }

  private func protect(_ settings: MQTTSettings, _ tls: TLSSettings) throws(MQTTError) {
    for file in [tls.authorities, tls.identity?.certificate, tls.identity?.key].compactMap(\.self)
    where access(file, R_OK) != 0 {
      throw .settings("\(file): \(String(cString: strerror(errno)))")
    }
    var wrong: UnsafePointer<CChar>?
    let context = settings.host.withCString { host in
      tls.authorities.withCString { authorities in
        cmosquitto_context(host, authorities, tls.identity?.certificate, tls.identity?.key, verdict, &wrong)
      }
    }
    guard let context else {
      let reason = cmosquitto_reason().map { String(cString: $0) } ?? "TLS cannot be used"
      throw .settings(wrong.map { "\(String(cString: $0)): \(reason)" } ?? reason)
    }
    // The library keeps a reference of its own.
    defer { cmosquitto_free_context(context) }
    try check(mosquitto.void_option(client, MOSQ_OPT_SSL_CTX, context), "TLS cannot be used")
    try check(mosquitto.int_option(client, MOSQ_OPT_SSL_CTX_WITH_DEFAULTS, 0), "TLS cannot be used")
  }

  // MARK: - Callbacks

  private static func this(_ pointer: UnsafeMutableRawPointer?) -> MosquittoClient? {
    pointer.map { Unmanaged<MosquittoClient>.fromOpaque($0).takeUnretainedValue() }
  }

  private func setCallbacks() {
    mosquitto.connect_callback_set(client) { _, pointer, code in
      guard let this = MosquittoClient.this(pointer) else { return }
      if code == 0 { this.report(.connected) } else { this.refusal = code }
    }
    mosquitto.disconnect_callback_set(client) { _, pointer, code in
      guard let this = MosquittoClient.this(pointer) else { return }
      this.report(.disconnected(this.failure(code) ?? .ended))
    }
    mosquitto.publish_callback_set(client) { _, pointer, number in
      guard let this = MosquittoClient.this(pointer) else { return }
      if this.awaited.remove(number) != nil { this.report(.acknowledged(number)) }
    }
    mosquitto.subscribe_callback_set(client) { _, pointer, _, count, granted in
      guard let this = MosquittoClient.this(pointer) else { return }
      let codes = UnsafeBufferPointer(start: granted, count: Int(count))
      // 128 is failure: MQTT 3.1.1 §3.9.3.
      this.report(.subscribed(codes.map { $0 < 128 }))
    }
    mosquitto.message_callback_set(client) { _, pointer, message in
      guard let this = MosquittoClient.this(pointer), let message = message?.pointee, let topic = message.topic else {
        return
      }
      let payload = UnsafeRawBufferPointer(start: message.payload, count: Int(message.payloadlen))
      this.report(
        .received(
          ReceivedMessage(topic: String(cString: topic), payload: Array(payload), isRetained: message.retain)))
    }
    mosquitto.log_callback_set(client) { _, pointer, _, text in
      guard let this = MosquittoClient.this(pointer), let text else { return }
      this.note(String(cString: text))
    }
  }

  /// Messages whose acknowledgement matters; the library calls back for the others as well.
  private var awaited: Set<Int32> = []

  /// The library says only in its log why TLS failed.
  private func note(_ line: String) {
    guard tlsReason == nil, line.hasPrefix("OpenSSL Error"), let colon = line.lastIndex(of: ":") else { return }
    let reason = line[line.index(after: colon)...].drop { $0 == " " }
    if !reason.isEmpty { tlsReason = String(reason) }
  }

  /// The meaning of a code of libmosquitto's; `errno` as it left it.
  private func failure(_ code: Int32) -> MQTTError? {
    let number = errno
    switch code {
    case MOSQ_ERR_SUCCESS.code, MOSQ_ERR_CONN_PENDING.code: return nil
    case MOSQ_ERR_CONN_REFUSED.code: return .refused(Refusal(code: refusal))
    case MOSQ_ERR_KEEPALIVE.code: return .silent
    case MOSQ_ERR_PROTOCOL.code, MOSQ_ERR_MALFORMED_PACKET.code: return .protocolBreach
    case MOSQ_ERR_INVAL.code, MOSQ_ERR_PAYLOAD_SIZE.code, MOSQ_ERR_MALFORMED_UTF8.code, MOSQ_ERR_NOT_SUPPORTED.code:
      return .settings(words(code))
    case MOSQ_ERR_NOMEM.code: return .machine(words(code))
    default: break
    }
    if verdict.pointee > 0 { return .certificate(CertificateFault(verdict: verdict.pointee)) }
    if let tlsReason { return .tls(tlsReason) }
    switch code {
    case MOSQ_ERR_TLS.code, MOSQ_ERR_TLS_HANDSHAKE.code: return .tls(words(code))
    case MOSQ_ERR_ERRNO.code: return Self.networkFailure(number)
    case MOSQ_ERR_CONN_LOST.code, MOSQ_ERR_NO_CONN.code: return .lost
    default: return .machine(words(code))
    }
  }

  private static func networkFailure(_ number: Int32) -> MQTTError {
    [0, ECONNRESET, EPIPE, EPROTO].contains(number) ? .lost : .unreachable(number)
  }

  // MARK: - Calls

  func connect(_ settings: MQTTSettings, onlyIPv4: Bool) -> MQTTError? {
    let code = mosquitto.connect_bind_async(
      client, settings.host, Int32(settings.port), settings.keepAlive, onlyIPv4 ? "0.0.0.0" : nil)
    return code == MOSQ_ERR_EAI.code ? .unknownHost(settings.host) : failure(code)
  }

  /// -1 if there is none.
  var socket: Int32 { mosquitto.socket(client) }
  var wantsToWrite: Bool { mosquitto.want_write(client) }

  func read() -> MQTTError? { failure(mosquitto.loop_read(client, 1)) }
  func write() -> MQTTError? { failure(mosquitto.loop_write(client, 1)) }
  func keepAlive() -> MQTTError? { failure(mosquitto.loop_misc(client)) }
  func disconnect() { _ = mosquitto.disconnect(client) }

  func subscribe(_ filters: [String], _ quality: MQTTQuality) -> MQTTError? {
    let texts = filters.map { strdup($0) }
    defer { texts.forEach { free($0) } }
    var pointers = texts
    return failure(
      mosquitto.subscribe_multiple(client, nil, Int32(clamping: filters.count), &pointers, quality.rawValue, 0, nil))
  }

  func publish(_ message: MQTTMessage) throws(MQTTError) -> Int32 {
    var number: Int32 = 0
    let code = mosquitto.publish(
      client, &number, message.topic, Int32(clamping: message.payload.count), message.payload,
      message.quality.rawValue, message.isRetained)
    if let error = failure(code) { throw error }
    if message.quality == .atLeastOnce { awaited.insert(number) }
    return number
  }

  /// How the other side has ended the connection; `nil` if it has not, or if what it said before has not been read.
  var breakage: MQTTError? {
    var byte: UInt8 = 0
    let count = recv(socket, &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT))
    guard count <= 0 else { return nil }
    guard count < 0 else { return .lost }
    return errno == EAGAIN || errno == EINTR ? nil : Self.networkFailure(errno)
  }
}

extension mosq_err_t {
  fileprivate var code: Int32 { rawValue }
}
