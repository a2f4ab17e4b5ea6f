// Chinese or English, side by side in the code, so that neither is forgotten.

/// A language of the product.
public enum Language: String, Sendable, CaseIterable {
  /// English.
  case en
  /// Chinese, simplified.
  case zh

  /// The language of a locale name such as `zh_CN.UTF-8`; English for all that is not Chinese.
  public init(locale: String?) {
    self = locale?.hasPrefix("zh") == true ? .zh : .en
  }

  /// The text in this language.
  public func callAsFunction(_ english: String, _ chinese: String) -> String {
    self == .zh ? chinese : english
  }
}
