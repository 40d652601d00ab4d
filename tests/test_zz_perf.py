import time
from support import link
def test_perf(hq, branch, third):
    link.connect(branch, hq, ["Shop Note"])
    t=time.time(); third.call("bulk_create", doctype="Shop Note", n=1000); local_plain=time.time()-t
    t=time.time(); hq.call("bulk_create", doctype="Shop Note", n=1000); local=time.time()-t
    t=time.time(); s=link.drain(branch, hq); d=time.time()-t
    print(f"plain {local_plain:.2f} captured {local:.2f} drain {d:.2f}  ratio {local_plain/d:.2f} {s}")
    t=time.time(); third.call("bulk_create", doctype="Shop Note", n=1000); print("again plain", time.time()-t)
    branch.call("profile_pull", producer_url=hq.url) if 0 else None
