// Which of the kernel's I2C adapters is meant.

import Glibc

/// Where an I2C bus is found.
public enum I2CAdapter: Equatable, Sendable {
  /// A device or a link to one, `/dev/i2c-1`. The number is fixed where the board's device tree gives the bus an alias; elsewhere it
  /// can be another with every boot, by which driver came first.
  case device(String)
  /// The adapter that the kernel gives this name, whatever its number: `bcm2835 (i2c@7e804000)`, as `bombyx scan` and
  /// `i2cdetect -l` show it.
  case named(String)
}

/// The I2C adapters of the kernel.
public struct I2CAdapters: Sendable {
  private let root: String

  /// The adapters of this machine.
  /// - Parameter root: where the kernel lists adapters and devices.
  public init(root: String = "/sys/bus/i2c/devices") { self.root = root }

  /// Number of the bus that a device is, the N of `/dev/i2c-N`; `nil` if its name has none.
  func number(ofDevice path: String) -> Int? {
    // A link may have any name; what it leads to has the kernel's.
    guard let target = realpath(path, nil) else { return Self.number(in: path) }
    defer { free(target) }
    return Self.number(in: String(cString: target))
  }

  /// The kernel's name of the adapter that a device is; `nil` if it is none.
  public func name(ofDevice path: String) -> String? {
    guard let number = number(ofDevice: path) else { return nil }
    return all().first { $0.number == number }?.name
  }

  /// Numbers of the buses whose adapters have a name: one, if it is to be used.
  func numbers(named name: String) -> [Int] { all().filter { $0.name == name }.map(\.number) }

  /// All adapters, by number.
  public func all() -> [(number: Int, name: String)] {
    guard let directory = opendir(root) else { return [] }
    defer { closedir(directory) }
    var found: [(number: Int, name: String)] = []
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      guard name.hasPrefix("i2c-"), let number = Self.number(in: name), let text = text(of: "\(root)/\(name)/name")
      else { continue }
      found.append((number, text))
    }
    return found.sorted { $0.number < $1.number }
  }

  /// The kernel driver that has a device; `nil` if none has.
  func driver(of address: I2CAddress, bus: Int) -> String? {
    let digits = String(address.value, radix: 16)
    let device = "\(bus)-" + String(repeating: "0", count: 4 - digits.count) + digits
    var buffer = [CChar](repeating: 0, count: 512)
    let count = readlink("\(root)/\(device)/driver", &buffer, buffer.count)
    guard count > 0 else { return nil }
    let target = String(decoding: buffer.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self)
    return target.split(separator: "/").last.map(String.init)
  }

  private func text(of path: String) -> String? {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var buffer = [UInt8](repeating: 0, count: 256)
    let count = read(file, &buffer, buffer.count)
    guard count > 0 else { return nil }
    return String(decoding: buffer.prefix(count).prefix { $0 != 0x0A }, as: UTF8.self)
  }

  private static func number(in path: String) -> Int? { path.split(separator: "-").last.flatMap { Int($0) } }
}
