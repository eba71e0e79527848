import AIBoxAPI
import Foundation

extension Page {
    /// A page of a list that is short enough to be had at once.
    ///
    /// - Parameters:
    ///   - cursor: the `next_cursor` of the page before.
    ///   - key: what tells an item from every other one.
    /// - Throws: `Problem` 422 when the cursor is none of this list.
    init(slicing items: [Item], after cursor: String?, limit: Int, by key: (Item) -> String) throws(Problem) {
        func text(_ item: Item) -> String { Data(key(item).utf8).base64URL }
        var rest = items[...]
        if let cursor {
            guard let last = items.firstIndex(where: { text($0) == cursor }) else {
                throw .invalid("cursor", "is none of this list; begin again without it")
            }
            rest = items[(last + 1)...]
        }
        let page = Array(rest.prefix(limit))
        self.init(items: page, nextCursor: page.count < rest.count ? page.last.map(text) : nil)
    }
}
