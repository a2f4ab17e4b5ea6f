// The pages of the program that are kept for a restart.

import Platform
import Testing

@Suite("Program text") struct ProgramTextTests {
  @Test("what was noted is still there after it was given back and read again")
  func readAgain() {
    let noted = ProgramText.noteUsed()
    // The tests' own program alone has several megabytes of code in use.
    #expect(noted > 1 << 20)
    ProgramText.releaseUnused()
    ProgramText.readAgain()
    #expect(ProgramText.noteUsed() >= noted / 2)
  }
}
