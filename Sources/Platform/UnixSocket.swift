// Unix-domain sockets: listening, connecting, and who is at the other end.

import CLinux
import Glibc

/// The kind of a Unix-domain socket.
public enum UnixSocketKind: Sendable {
  /// A stream of bytes.
  case stream
  /// A connection that keeps the borders of messages.
  case sequencedPackets

  var rawValue: Int32 {
    switch self {
    case .stream: Int32(SOCK_STREAM.rawValue)
    case .sequencedPackets: Int32(SOCK_SEQPACKET.rawValue)
    }
  }
}

/// Opens Unix-domain sockets.
public enum UnixSocket {
  /// Longest path the kernel takes, bytes, without the closing zero (unix(7)).
  public static let longestPath = 107

  /// Listens at a path; a socket left behind by a process that died is replaced.
  /// - Parameter mode: permissions of the socket file.
  public static func listen(
    at path: String, kind: UnixSocketKind, mode: UInt32, backlog: Int32 = 16
  ) throws(SystemError) -> FileDescriptor {
    if isAlive(path, kind: kind) { throw SystemError("listen at \(path)", code: EADDRINUSE) }
    let descriptor = try open(kind, for: path)
    unlink(path)
    var address = try makeAddress(path)
    let bound = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.bind(descriptor.number, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard bound == 0 else { throw .last("bind \(path)") }
    guard chmod(path, mode) == 0 else { throw .last("chmod \(path)") }
    guard Glibc.listen(descriptor.number, backlog) == 0 else { throw .last("listen at \(path)") }
    return descriptor
  }

  /// Connects to a path.
  public static func connect(to path: String, kind: UnixSocketKind) throws(SystemError) -> FileDescriptor {
    let descriptor = try open(kind, for: path)
    var address = try makeAddress(path)
    let connected = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(descriptor.number, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard connected == 0 else { throw .last("connect to \(path)") }
    return descriptor
  }

  /// Accepts a waiting connection, non-blocking and closed on exec; `nil` if none waits.
  public static func accept(from listener: borrowing FileDescriptor) -> FileDescriptor? {
    let number = clinux_accept(listener.number)
    return number >= 0 ? FileDescriptor(owning: number) : nil
  }

  /// The user at the other end of a connection, as the kernel vouches for it.
  public static func peerUser(of connection: borrowing FileDescriptor) -> UInt32? {
    var credentials = clinux_credentials()
    var length = socklen_t(MemoryLayout<clinux_credentials>.size)
    guard getsockopt(connection.number, SOL_SOCKET, SO_PEERCRED, &credentials, &length) == 0 else { return nil }
    return credentials.uid
  }

  private static func isAlive(_ path: String, kind: UnixSocketKind) -> Bool {
    guard let connection = try? connect(to: path, kind: kind) else { return false }
    _ = consume connection
    return true
  }

  private static func open(_ kind: UnixSocketKind, for path: String) throws(SystemError) -> FileDescriptor {
    let number = socket(AF_UNIX, kind.rawValue | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard number >= 0 else { throw .last("open a socket for \(path)") }
    return FileDescriptor(owning: number)
  }

  private static func makeAddress(_ path: String) throws(SystemError) -> sockaddr_un {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8)
    guard !bytes.isEmpty, bytes.count <= longestPath else {
      throw SystemError("use socket path \(path)", code: ENAMETOOLONG)
    }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    return address
  }
}
