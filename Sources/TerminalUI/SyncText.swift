// How records go upstream, for people.

public import LocalService

/// Renders how records go upstream.
public struct SyncText {
  private let language: Language
  private let style: Style

  /// A text in a language and style.
  public init(_ language: Language, _ style: Style) { (self.language, self.style) = (language, style) }

  /// One line for the status.
  public func line(_ sync: SyncMessage) -> String {
    var parts = [language("sync ", "同步 ") + connection(sync)]
    parts.append(sync.waiting == 0 ? language("nothing waits", "无积压") : waiting(sync))
    if let hold = hold(sync) { parts.append(hold) }
    return parts.joined(separator: " · ")
  }

  /// All of it.
  public func lines(_ sync: SyncMessage) -> [String] {
    var lines = [style(sync.device, .strong) + " → \(sync.broker)  " + connection(sync)]
    if let problem = language == .zh ? sync.chineseProblem : sync.problem { lines.append(style(problem, .bad)) }
    if let hold = hold(sync) { lines.append(hold) }
    var table = TextTable([
      .text(language("lane", "通道")), .number(language("newest", "最新")), .number(language("acknowledged", "已确认")),
      .number(language("waiting", "等待")), .number(language("on the way", "发送中")),
    ])
    for lane in sync.lanes {
      table.add([
        self.lane(lane.lane), "\(lane.newest)", "\(lane.acknowledged)", "\(lane.waiting)", "\(lane.onTheWay)",
      ])
    }
    lines += table.lines(style)
    lines.append(answer(sync) + " · " + waiting(sync))
    lines.append(bytes(sync))
    if sync.rewinds > 0 {
      lines.append(
        style(
          language(
            "the hub's database has gone back \(sync.rewinds) times since the start: what it lost is sent again",
            "上级数据库自启动以来回退 \(sync.rewinds) 次：缺失部分已重发"), .warning))
    }
    return lines
  }

  private func connection(_ sync: SyncMessage) -> String {
    if sync.isConnected { return style(language("connected", "已连接"), .good) }
    let isRefused = sync.problem != nil
    return style(language("not connected", "未连接"), isRefused ? .bad : .warning)
  }

  /// Why nothing goes, in words.
  private func hold(_ sync: SyncMessage) -> String? {
    guard let hold = sync.hold else { return nil }
    let words =
      switch hold {
      case "paused": language("the hub has asked to wait", "上级要求暂停")
      case "budget": language("the day's bytes are used up: only alarms go", "当日流量已用完：仅发送报警")
      case "schedule": language("not the time of day to connect: only alarms go", "不在连接时段：仅发送报警")
      case "silent": language("the hub has not answered yet", "上级尚未应答")
      case "forked":
        language(
          "another device sends under this one's identity: was the card copied?", "另有设备使用相同标识：存储卡是否被复制？")
      default: hold
      }
    return style(words, hold == "schedule" ? .faint : .warning)
  }

  private func waiting(_ sync: SyncMessage) -> String {
    guard sync.waiting > 0 else { return language("the hub has everything", "上级已收到全部记录") }
    var text = language("\(sync.waiting) records wait", "\(sync.waiting) 条记录等待")
    if sync.rate > 0 {
      text +=
        language(", ", "，") + Format.number(sync.rate, decimals: sync.rate < 10 ? 1 : 0) + language(" a second", "条/秒")
    }
    if let seconds = sync.timeToDrain {
      text += language(", done in ", "，约需 ") + Format.duration(max(1, seconds), language)
    }
    return text
  }

  private func answer(_ sync: SyncMessage) -> String {
    guard let age = sync.answerAge else { return language("no answer since the start", "启动以来无应答") }
    return language("last answer ", "最近应答 ") + Format.duration(age, language) + language(" ago", "前")
  }

  private func bytes(_ sync: SyncMessage) -> String {
    func megabytes(_ bytes: Int64) -> String { Format.number(Double(bytes) / 1e6, decimals: 2) + " MB" }
    var text = language("today ", "今日 ") + megabytes(sync.bytesToday)
    if let budget = sync.dailyBudget { text += language(" of ", "，上限 ") + megabytes(budget) }
    return text + language(" · window \(sync.window)", " · 窗口 \(sync.window)")
  }

  private func lane(_ name: String) -> String {
    switch name {
    case "alarm": language("alarms, events", "报警与事件")
    case "live": language("means", "均值")
    case "backlog": language("samples", "采样")
    case "diagnostic": language("decisions", "控制决定")
    default: name
    }
  }
}
