/** A page that threw. Old tabs come here too, when a new version took the files they want. */

import { text } from '../strings';

export function Crash() {
  return (
    <div className="not-found" role="alert">
      <h1>{text.crash.heading}</h1>
      <p>{text.crash.body}</p>
      <button type="button" className="btn btn-primary" onClick={() => window.location.reload()}>
        {text.crash.reload}
      </button>
    </div>
  );
}
