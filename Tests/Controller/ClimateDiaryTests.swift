// The hours of a zone, and the diseases they favour.

import Climate
import Testing

@testable import Controller

@Suite("Climate diary")
struct ClimateDiaryTests {
  /// A diary of hours at one climate, a step a minute.
  private func diary(_ parts: (hours: Int, celsius: Double?, percent: Double?)...) -> ClimateDiary {
    var diary = ClimateDiary()
    var now = Instant.zero
    diary.add(temperature: nil, humidity: nil, at: now)
    for part in parts {
      for _ in 0..<(part.hours * 60) {
        now = now.advanced(by: .minutes(1))
        diary.add(temperature: part.celsius, humidity: part.percent, at: now)
      }
    }
    return diary
  }

  @Test("an hour is the mean of what was measured in it; two days are kept")
  func means() {
    let hours = diary((1, 20, 60), (1, 30, 90)).hours
    #expect(hours.map { Int($0.temperature.celsius.rounded()) } == [20, 30])
    #expect(hours.map { Int($0.humidity.percent.rounded()) } == [60, 90])
    #expect(diary((60, 25, 80)).hours.count == 48)
  }

  @Test("an hour of which less than half was measured is left out")
  func gaps() {
    #expect(diary((2, 25, 80), (3, nil, 80), (2, 25, nil), (1, 25, 80)).hours.count == 3)
    var short = ClimateDiary()
    short.add(temperature: 25, humidity: 80, at: .zero)
    // A stall counts as a minute.
    short.add(temperature: 25, humidity: 80, at: Instant(seconds: 3_600))
    #expect(short.hours.isEmpty)
  }

  @Test("ten moist hours favour muscardine, two mild and moist days late blight, a steady one downy mildew")
  func risks() throws {
    #expect(try #require(WatchedDisease.muscardine.risk(in: diary((10, 25, 92)))).isMet)
    #expect(try #require(WatchedDisease.muscardine.risk(in: diary((9, 25, 92), (3, 25, 70)))).hours == 9)
    #expect(try #require(WatchedDisease.lateBlight.risk(in: diary((48, 15, 92)))).isMet)
    #expect(try #require(WatchedDisease.lateBlight.risk(in: diary((24, 15, 92), (24, 9, 92)))).hours == 0)
    #expect(WatchedDisease.lateBlight.risk(in: diary((47, 15, 92))) == nil)
    #expect(try #require(WatchedDisease.downyMildew.risk(in: diary((24, 20, 85)))).isMet)
    #expect(!(try #require(WatchedDisease.downyMildew.risk(in: diary((12, 14, 85), (12, 22, 85)))).isMet))
    for disease in WatchedDisease.allCases { #expect(disease.risk(in: ClimateDiary()) == nil) }
  }

  @Test("a zone whose recipe watches a disease keeps its hours over a restart, to the tenth")
  func restart() throws {
    let watched = try house(moults) { $0.zones[0].recipe?.watches = [.muscardine, .grasserie] }
    for _ in 0..<(11 * 60 + 2) { watched.step(after: 60) }
    let risks = watched.controller.risks(in: Site.shed)
    #expect(risks.map(\.disease) == [.muscardine, .grasserie])
    #expect(watched.controller.risks(in: Site.room) == [])
    let memory = watched.controller.memory(at: watched.now)
    #expect(memory.diaries.map(\.temperatures) == [Array(repeating: 250, count: 11)])
    #expect(memory.diaries.map(\.humidities) == [Array(repeating: 750, count: 11)])
    let after = try house(moults, memory: memory) { $0.zones[0].recipe?.watches = [.muscardine] }
    #expect(after.controller.memory(at: after.now).diaries == memory.diaries)
  }

  @Test("hours that cannot be, as a damaged file may hold, are left out")
  func damaged() throws {
    var memory = Memory()
    memory.diaries = [.init(zone: "shed", temperatures: [250, .max, 250], humidities: [750, 750, .min, 1])]
    #expect(memory.diary(of: Site.plan().zones[0]).hours.count == 1)
  }
}
