// Why there is no connection, or no longer one.

import CMosquitto
import Glibc

/// What is wrong with a broker's certificate.
public enum CertificateFault: Error, Equatable, Sendable {
  /// Its time is over, or the clock here is ahead.
  case expired
  /// Its time has not come, or the clock here is behind.
  case notYetValid
  /// None of the authorities vouches for it.
  case untrusted
  /// It is for another host.
  case wrongName
  /// Anything else, in OpenSSL's words.
  case other(String)

  /// From a code of X509_STORE_CTX_get_error(3).
  init(verdict: Int32) {
    self =
      switch verdict {
      case X509_V_ERR_CERT_HAS_EXPIRED: .expired
      case X509_V_ERR_CERT_NOT_YET_VALID: .notYetValid
      case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
        X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN,
        X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, X509_V_ERR_CERT_SIGNATURE_FAILURE:
        .untrusted
      case X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH: .wrongName
      default: .other(String(cString: cmosquitto_verdict_text(verdict)))
      }
  }
}

/// Why a broker said no: the codes of MQTT 3.1.1 §3.2.2.3.
public enum Refusal: Equatable, Sendable {
  /// 1: it does not speak MQTT 3.1.1.
  case protocolVersion
  /// 2: it does not allow this client identity.
  case identity
  /// 3: it is there, but does not serve now. Later it may; nothing is wrong with the credentials.
  case unavailable
  /// 4: wrong user or password.
  case credentials
  /// 5: this client may not connect.
  case authorization
  /// A code that the standard does not know.
  case other(Int32)

  init(code: Int32) {
    self =
      switch code {
      case 1: .protocolVersion
      case 2: .identity
      case 3: .unavailable
      case 4: .credentials
      case 5: .authorization
      default: .other(code)
      }
  }
}

/// Why there is no connection, or no longer one.
public enum MQTTError: Error, Equatable, Sendable {
  /// The settings cannot be used: which, and why.
  case settings(String)
  /// The name of the host leads nowhere.
  case unknownHost(String)
  /// The host does not take the connection: a number of `errno`.
  case unreachable(Int32)
  /// The connection did not stand in time.
  case tooLate
  /// The broker's certificate is not in order.
  case certificate(CertificateFault)
  /// TLS failed otherwise, in OpenSSL's words: no common version, or the broker wants another certificate of this client.
  case tls(String)
  /// The broker said no.
  case refused(Refusal)
  /// The broker took the connection and closed it before it said anything. Brokers do so where TLS stands and the certificate of the client,
  /// or its absence, is not to their liking, and where they are about to stop.
  case dropped
  /// The connection broke, or the broker closed it.
  case lost
  /// The other side no longer answers.
  case silent
  /// The other side does not speak MQTT as it should.
  case protocolBreach
  /// This side ended it.
  case ended
  /// No memory, or another fault of this machine, in the library's words.
  case machine(String)

  /// Whether the same attempt may succeed later without anybody changing anything here.
  public var mayPass: Bool {
    switch self {
    case .settings, .ended: false
    case .refused(let refusal): refusal == .unavailable
    default: true
    }
  }
}

extension CertificateFault {
  /// In English.
  public var english: String {
    switch self {
    case .expired: "the broker's certificate has expired; if it has not, this machine's clock is ahead"
    case .notYetValid: "the broker's certificate is not valid yet; if it is, this machine's clock is behind"
    case .untrusted: "the broker's certificate is of an authority that is not trusted here"
    case .wrongName: "the broker's certificate is for another host"
    case .other(let reason): "the broker's certificate is not in order: \(reason)"
    }
  }

  /// In Chinese.
  public var chinese: String {
    switch self {
    case .expired: "服务器证书已过期；若并未过期，则本机时钟偏快"
    case .notYetValid: "服务器证书尚未生效；若已生效，则本机时钟偏慢"
    case .untrusted: "服务器证书的签发机构不受本机信任"
    case .wrongName: "服务器证书属于另一主机"
    case .other(let reason): "服务器证书有误：\(reason)"
    }
  }
}

extension Refusal {
  /// In English.
  public var english: String {
    switch self {
    case .protocolVersion: "the broker does not speak MQTT 3.1.1"
    case .identity: "the broker does not allow this client identity"
    case .unavailable: "the broker does not serve at present"
    case .credentials: "the broker knows no such user, or the password is wrong"
    case .authorization: "the broker does not let this client in"
    case .other(let code): "the broker refuses with code \(code)"
    }
  }

  /// In Chinese.
  public var chinese: String {
    switch self {
    case .protocolVersion: "服务器不支持MQTT 3.1.1"
    case .identity: "服务器不允许此客户端标识"
    case .unavailable: "服务器暂不可用"
    case .credentials: "用户名或密码错误"
    case .authorization: "服务器不允许此客户端连接"
    case .other(let code): "服务器拒绝连接，代码\(code)"
    }
  }
}

extension MQTTError: CustomStringConvertible {
  /// In English.
  public var english: String {
    switch self {
    case .settings(let reason): reason
    case .unknownHost(let host): "no address is known for \(host); is there a connection, and is the name right?"
    case .unreachable(let code): "the broker cannot be reached: \(String(cString: strerror(code)))"
    case .tooLate: "the broker did not answer in time"
    case .certificate(let fault): fault.english
    case .tls(let reason): "TLS failed: \(reason)"
    case .refused(let refusal): refusal.english
    case .dropped:
      "the broker closed the connection without a word; does it ask for another certificate of this device?"
    case .lost: "the connection was lost"
    case .silent: "the broker no longer answers"
    case .protocolBreach: "the other side does not speak MQTT as it should"
    case .ended: "the connection was ended here"
    case .machine(let reason): "the connection failed on this machine: \(reason)"
    }
  }

  /// In Chinese.
  public var chinese: String {
    switch self {
    case .settings(let reason): "连接设置有误：\(reason)"
    case .unknownHost(let host): "无法解析主机名\(host)；请检查网络和名称"
    case .unreachable(let code): "无法连接服务器：\(String(cString: strerror(code)))"
    case .tooLate: "服务器未及时应答"
    case .certificate(let fault): fault.chinese
    case .tls(let reason): "TLS失败：\(reason)"
    case .refused(let refusal): refusal.chinese
    case .dropped: "服务器未作说明即关闭连接；是否要求本机出示其他证书？"
    case .lost: "连接已断开"
    case .silent: "服务器不再应答"
    case .protocolBreach: "对方不符合MQTT协议"
    case .ended: "本机已结束连接"
    case .machine(let reason): "本机连接故障：\(reason)"
    }
  }

  /// In English.
  public var description: String { english }
}
