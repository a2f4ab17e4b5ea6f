// The guardian's command line. By hand, because the guardian loads nothing it does not need.

import Glibc
import Guardian

let usage = """
  usage: bombyx-guardian --table FILE --socket PATH --controller-user NAME|UID
         bombyx-guardian --drive-failsafe --table FILE

  Owns every output line. Outputs follow the controller only while it holds a lease,
  and go to their failsafe states when it does not ask for 3 seconds.

    --table FILE            the table of outputs that "bombyx apply" has written
    --socket PATH           where the controller connects
    --controller-user NAME  the only user, besides root, whose frames are accepted
    --drive-failsafe        set all lines to failsafe once and end; for ExecStopPost=

  """

func fail(_ message: String, code: Int32) -> Never {
  var text = "bombyx-guardian: \(message)\n"
  text.withUTF8 { _ = write(2, $0.baseAddress, $0.count) }
  exit(code)
}

func userID(_ name: String) -> UInt32? {
  if let number = UInt32(name) { return number }
  return getpwnam(name).map { $0.pointee.pw_uid }
}

var values: [String: String] = [:]
var drivesFailsafe = false
var words = CommandLine.arguments.dropFirst()
while let word = words.popFirst() {
  switch word {
  case "--help", "-h":
    print(usage)
    exit(0)
  case "--drive-failsafe":
    drivesFailsafe = true
  case "--table", "--socket", "--controller-user":
    guard let value = words.popFirst() else { fail("\(word) needs a value\n\n\(usage)", code: 64) }
    values[word] = value
  default:
    fail("unknown word \(word)\n\n\(usage)", code: 64)
  }
}

guard let table = values["--table"] else { fail("--table is missing\n\n\(usage)", code: 64) }
do {
  if drivesFailsafe {
    try FailsafeHelper.run(table: table)
    exit(0)
  }
  guard let socket = values["--socket"] else { fail("--socket is missing\n\n\(usage)", code: 64) }
  guard let name = values["--controller-user"] else { fail("--controller-user is missing\n\n\(usage)", code: 64) }
  guard let user = userID(name) else { fail("there is no user \(name)", code: 64) }
  var service = try GuardianService(GuardianOptions(table: table, socket: socket, controllerUser: user))
  service.run()
} catch {
  fail("\(error)", code: 2)
}
