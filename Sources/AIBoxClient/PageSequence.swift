import AIBoxAPI

/// The items of a list, asked for page by page as they are consumed.
public struct PageSequence<Item: Codable & Sendable>: AsyncSequence, Sendable {
    public typealias Element = Item

    /// The page at a cursor; `nil` asks for the first one.
    let page: @Sendable (_ cursor: String?) async throws -> Page<Item>

    public struct AsyncIterator: AsyncIteratorProtocol {
        let page: @Sendable (_ cursor: String?) async throws -> Page<Item>
        var cursor: String?
        var items: ArraySlice<Item> = []
        var isLastPage = false

        public mutating func next() async throws -> Item? {
            while items.isEmpty, !isLastPage {
                let answer = try await page(cursor)
                items = answer.items[...]
                cursor = answer.nextCursor
                isLastPage = answer.nextCursor == nil
            }
            return items.popFirst()
        }
    }

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(page: page) }
}
