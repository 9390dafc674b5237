from typing import Any

class SimpleHistoryAdmin:
    history_list_display: Any
