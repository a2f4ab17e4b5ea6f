// Signed notes: those of others are read, ours are read by others' rules, and nothing that is altered is believed.

import Simulator
import SyncProtocol
import Testing

@Suite("Signed notes")
struct SignedNoteTests {
  // The published example of the format (golang.org/x/mod/sumdb/note).
  private let verifier = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
  private let signer = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
  private let other = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"
  private let text = """
    If you think cryptography is the answer to your problem,
    then you don't know what your problem is.

    """
  private let signature =
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="

  private func open(_ note: String, _ keys: String...) throws -> (text: String, signers: [String]) {
    try SignedNote.open(Array(note.utf8), keys: keys.compactMap { NoteVerifier($0) })
  }

  @Test("the published example is believed, with other signatures beside it")
  func published() throws {
    for note in [
      "\(text)\n\(signature)\n",
      "\(text)\n— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n\(signature)\n",
    ] {
      let opened = try open(note, verifier)
      #expect(opened.text == text)
      #expect(opened.signers == ["PeterNeumann"])
    }
    #expect(throws: SyncFault.self) { try open("\(text)\n\(signature)\n", other) }
    #expect(throws: SyncFault.self) { try open("\(text)\n\(signature)\n") }
  }

  @Test("a note of the published private key is believed by the published public key")
  func sign() throws {
    let signer = try #require(NoteSigner(signer))
    #expect(signer.verifierText == verifier)
    #expect(signer.text == self.signer)
    let note = try signer.note("第一\n\n段\n")
    #expect(try open(note, verifier).text == "第一\n\n段\n")
    #expect(throws: SyncFault.self) { try signer.note("no newline") }
    #expect(throws: SyncFault.self) { try signer.note("a\tb\n") }
  }

  @Test("a new key signs what its verifier believes, and another of the same name does not")
  func newKey() throws {
    let (one, two) = (try #require(NoteSigner(newKeyNamed: "xing")), try #require(NoteSigner(newKeyNamed: "xing")))
    let note = try one.note("a\n")
    #expect(try open(note, one.verifierText).signers == ["xing"])
    #expect(throws: SyncFault.self) { try open(note, two.verifierText) }
    #expect(NoteSigner(newKeyNamed: "a b") == nil && NoteSigner(newKeyNamed: "") == nil)
    #expect(NoteSigner(one.text)?.verifierText == one.verifierText)
  }

  @Test("no note with a changed byte is believed with another text")
  func changed() throws {
    let note = Array("\(text)\n\(signature)\n".utf8)
    let key = try #require(NoteVerifier(verifier))
    var random = SeededGenerator(seed: 9)
    for place in note.indices {
      var changed = note
      changed[place] ^= UInt8.random(in: 1...255, using: &random)
      if let opened = try? SignedNote.open(changed, keys: [key]) { #expect(opened.text == text) }
    }
    for length in note.indices {
      #expect(throws: SyncFault.self) { try SignedNote.open(Array(note[..<length]), keys: [key]) }
    }
  }

  @Test("a signature that claims to be of a known key and is not makes the note a fraud")
  func forged() throws {
    let signer = try #require(NoteSigner(signer))
    let forged = try signer.note("another\n").split(separator: "\n").last.map(String.init) ?? ""
    #expect(throws: SyncFault.self) { try open("\(text)\n\(forged)\n\(signature)\n", verifier) }
    #expect(throws: SyncFault.self) { try open("\(text)\n\(signature)\n\(forged)\n", verifier) }
  }

  @Test("what is no key is refused")
  func keys() {
    for key in [
      "", "PeterNeumann", verifier.replacing("c74f20a3", with: "c74f20a4"), verifier.replacing("+AR", with: "+Ag"),
      "Peter Neumann" + verifier.dropFirst(12), verifier + "A", signer,
    ] { #expect(NoteVerifier(key) == nil, "\(key)") }
    #expect(NoteSigner(verifier) == nil)
    #expect(NoteSigner(signer.replacing("c74f20a3", with: "c74f20a4")) == nil)
  }
}
