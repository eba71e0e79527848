import Testing

@testable import KeyValue

@Suite struct RedisConfigurationTests {
    @Test(arguments: [
        ("redis://cache", "redis://cache:6379/0"),
        ("redis://cache:7000/5", "redis://cache:7000/5"),
        ("redis://[::1]:7000/", "redis://[::1]:7000/0"),
        ("redis://user:p%40ss@cache/2", "redis://cache:6379/2"),
        ("rediss://:p@cache?ca=/etc/ca.pem", "rediss://cache:6379/0"),
        ("redis-sentinel://a:26380,b/main/3", "redis-sentinel://a:26380,b:26379/main/3"),
        ("rediss-sentinel://:p@a/main", "rediss-sentinel://a:26379/main/0"),
        ("redis-sentinels://:p@a/main", "rediss-sentinel://a:26379/main/0"),
    ])
    func anAddressIsReadAndShownWithoutItsSecret(_ url: String, _ shown: String) throws {
        #expect(try RedisConfiguration(url: url).description == shown)
    }

    @Test func theCredentialIsDecoded() throws {
        let both = try RedisConfiguration(url: "redis://us%3Aer:p%40:ss@h")
        #expect(both.username == "us:er" && both.password == "p@:ss")
        let alone = try RedisConfiguration(url: "rediss://:secret@h?ca=/a%20b.pem")
        #expect(alone.username == nil && alone.password == "secret" && alone.tls?.authorities == "/a b.pem")
    }

    @Test(arguments: [
        "cache:6379", "http://hunter2@cache", "redis://", "redis://:hunter2@", "redis://cache:0", "redis://cache:99999",
        "redis://cache:x", "redis://cache/-1", "redis://cache/x", "redis://cache/1/2", "redis://hunter2@cache",
        "redis://u:hunter2@x@cache", "redis://u:%zzhunter2@cache", "redis://cache?db=1", "redis-sentinel://a",
        "redis-sentinel://a,,b/main", "redis://:hunter2@cache:hunter2", "redis://user:@cache",
    ])
    func whatCannotBeReadIsRefusedWithoutRepeatingIt(_ url: String) {
        let error = #expect(throws: KeyValueError.self) { try RedisConfiguration(url: url) }
        #expect(error?.code == .invalid)
        #expect(error?.description.contains("hunter2") == false)
    }
}
