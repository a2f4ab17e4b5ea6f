// Faults on purpose, to see that the fuzzer finds them.

/// A parser that takes numbers in brackets and has a fault behind a `<!`.
struct PlantedTarget: FuzzTarget {
  enum Fault: String {
    /// It reads past the end.
    case trap
    /// It never ends.
    case hang
    /// It takes what it should refuse.
    case acceptance
  }

  private let fault: Fault

  init(_ fault: Fault) { self.fault = fault }

  var name: String { "planted-\(fault.rawValue)" }
  var words: [String] { ["<", "!"] }
  var usualRuns: UInt64 { 10_000 }

  func madeInputs() -> [[UInt8]] { [Array("<12> <345>".utf8)] }

  func run(_ input: [UInt8]) throws -> Bool {
    guard let start = input.firstIndex(of: UInt8(ascii: "<")) else { return false }
    guard input.indices.contains(start + 1), input[start + 1] == UInt8(ascii: "!") else { return true }
    switch fault {
    case .trap: return input[start + 1 + input.count] == 0
    case .hang:
      var sum = 0
      while input[start] == UInt8(ascii: "<") { sum &+= input.count }
      return sum == 0
    case .acceptance: throw Finding("<! was accepted")
    }
  }
}
